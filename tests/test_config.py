from pathlib import Path

import pytest

from harness.config import Config, load, place_of
from harness.errors import ConfigError, ExitStatus


def configuration(root: Path, text: str) -> Path:
    (root / "harness.toml").write_text(text, encoding="utf-8")
    return root


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    config = load(configuration(tmp_path, "[ports]\nhealth = 3100\n"))
    assert (config.ports.health, config.ports.gateway) == (3100, 18789)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[ports]\nhealth = 3000\n\ngateway = 'x'\n",
            "harness.toml:4: ports.gateway: must be a whole number from 1 to 65535; mend that line",
        ),
        ("[ports]\nhealth = 70000\n", "harness.toml:2: ports.health: must be a whole number from"),
        ("[ports]\nhealth = true\n", "harness.toml:2: ports.health: must be a whole number from"),
        ("[ports]\nhealth = 18789\n", "harness.toml:1: ports: health and gateway must be two"),
        ("[compose]\nfile = '/x.yml'\n", "harness.toml:2: compose.file: must be a name relative"),
        ("[probe]\n\nfile = '/x.ts'\n", "harness.toml:3: probe.file: must be a name relative"),
        ("[image]\ndockerfile = '~/D'\n", "harness.toml:2: image.dockerfile: must be a name"),
        (
            "[image]\npublished = 'Team/App'\n",
            "harness.toml:2: image.published: must be an image's",
        ),
        ("[image]\n\npublished = ''\n", "harness.toml:3: image.published: must be an"),
        ("\n[compose]\nservise = 'loa'\n", "harness.toml:3: compose.servise: unknown key (did you"),
        ("[composed]\nfile = 'x'\n", "composed: unknown key (did you mean compose?); mend that"),
        ("[prob]\nfile = 'x'\n", "harness.toml:1: prob: unknown key (did you mean probe?); mend"),
        ("[ports]\nx = 1\n", "harness.toml:2: ports.x: unknown key (there is health, gateway); m"),
        ("[zzz]\n", "harness.toml:1: zzz: unknown key (there is project, compose, ports, image, "),
        ("ports = 3\n", "harness.toml:1: ports: must be a table, with its keys below it"),
        (
            "[project]\nname = 'Not A Name'\n",
            "project.name: must be 1 to 31 of a-z, 0-9, - and _, the first one a letter or digit",
        ),
        ("[project]\nname = 3\n", "harness.toml:2: project.name: must be a text in quotes; mend"),
        ("[watch]\ninclude = 'x.ts'\n", "harness.toml:2: watch.include: must be a list of texts"),
        ("[watch]\ninclude = []\n", "harness.toml:2: watch.include: must name something; mend"),
        ("[watch]\nexclude = [\n  'a/**',\n  '/b',\n]\n", "harness.toml:4: watch.exclude: must be"),
        ('[watch]\nexclude = [\n  "a/../b",\n]\n', "harness.toml:3: watch.exclude: must be a glob"),
        (
            "[watch]\ninclude = [\n  'a',\n  3,\n]\n",
            "harness.toml:4: watch.include: must be a text in",
        ),
        ("[watch]\nincluded = ['x']\n", "harness.toml:2: watch.included: unknown key"),
    ],
)
def test_an_error_names_file_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(configuration(tmp_path, text))
    assert said in str(caught.value)
    assert caught.value.exit_status == ExitStatus.USAGE


def test_several_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(configuration(tmp_path, "[ports]\nhealth = 0\ngateway = 0\n"))
    assert "ports.health" in str(caught.value)
    assert "ports.gateway" in str(caught.value)
    assert str(caught.value).endswith("; mend these lines")


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        load(configuration(tmp_path, "[ports]\nhealth = \n"))


def test_a_file_that_is_no_text_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["node:22", "scratch", "127.0.0.1:5000/a/b:c", "[::1]:5000/a", f"ghcr.io/a@sha256:{'0' * 64}"],
)
def test_every_name_that_an_engine_takes_may_be_the_images(tmp_path: Path, name: str) -> None:
    text = f"[image]\npublished = '{name}'\n"
    assert load(configuration(tmp_path, text)).image.published == name


def test_the_place_of_a_value_is_its_line_or_the_file_that_tells_it(tmp_path: Path) -> None:
    assert place_of(tmp_path, "image.published") == "not in harness.toml"
    (tmp_path / "Dockerfile.dev").write_text("FROM ghcr.io/team/app:main\n", encoding="utf-8")
    assert place_of(tmp_path, "image.published") == "Dockerfile.dev"
    configuration(tmp_path, "[image]\n\npublished = 'x'\n")
    assert place_of(tmp_path, "image.published") == "harness.toml:3"


def test_a_base_that_only_a_build_knows_is_no_name(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.dev").write_text("ARG BASE\nFROM ${BASE}\n", encoding="utf-8")
    assert load(tmp_path).image.published == Config().image.published
