"""`harness image verify`: what a registry holds, against what is wanted."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.console import log
from harness.docker import verify
from harness.docker.verify import Described, Wanted, problems
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.fixtures.small_images import claim_platform
from tests.docker.local_registry import VERSION_LABEL, Registry

NOW = datetime(2026, 11, 28, tzinfo=UTC)
GOOD = Described("x", "linux/amd64", {VERSION_LABEL: "1.0"}, 5_000, NOW - timedelta(days=3))
WANTED = Wanted(["linux/amd64"], {VERSION_LABEL: ""}, size=10_000, days=30)


def test_an_image_that_fits_has_no_problem() -> None:
    assert list(problems([GOOD], WANTED, NOW)) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(["linux/arm64"]), "it is not for linux/arm64, but for linux/amd64"),
        (Wanted(["linux/amd64"], {"other": ""}), "linux/amd64: it carries no label other"),
        (
            Wanted(["linux/amd64"], {VERSION_LABEL: "2.0"}),
            f"linux/amd64: its label {VERSION_LABEL} is 1.0, not 2.0",
        ),
        (
            Wanted(["linux/amd64"], size=5_000),
            "linux/amd64: its layers take 0.00 GB compressed, 5e-06 is the limit",
        ),
        (
            Wanted(["linux/amd64"], days=2),
            "linux/amd64: it is 3 days old, 2 is the limit",
        ),
    ],
)
def test_each_misfit_is_a_line(wanted: Wanted, expected: str) -> None:
    assert list(problems([GOOD], wanted, NOW)) == [expected]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in this process, and what it sets must not stay."""
    monkeypatch.setattr(log, "json_mode", False)


def run(*words: str) -> tuple[int, dict[str, list[str]]]:
    done = CliRunner().invoke(app, ["image", "verify", *words, "--json"])
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, (done.exception, done.output)
    return done.exit_code, json.loads(lines[0])


@pytest.mark.engine
def test_a_registry_is_asked_and_nothing_is_pulled(docker: Engine, registry: Registry) -> None:
    reference = registry.push("verified:main")
    (found,) = verify.describe(reference)
    assert found.platform == f"linux/{docker.client.version()['Arch']}"
    assert found.labels == {VERSION_LABEL: "1.0"}
    assert 0 < found.size < 2_000
    assert found.created
    assert not docker.client.images.list(reference)


@pytest.mark.engine
def test_an_index_is_looked_through(registry: Registry) -> None:
    reference = registry.push("index:main")
    claim_platform(reference, "riscv64")
    (found,) = verify.describe(reference)
    assert found.platform == "linux/riscv64"
    assert "@sha256:" in found.reference
    assert list(problems([found], Wanted(["linux/amd64"]), NOW)) == [
        "it is not for linux/amd64, but for linux/riscv64"
    ]


@pytest.mark.engine
def test_an_image_that_is_not_there_is_said(registry: Registry, nobody: str) -> None:
    with pytest.raises(ImageError, match="there is no such image"):
        verify.describe(f"{registry.host}/missing:main")
    with pytest.raises(ImageError, match="its registry cannot be asked"):
        verify.describe(f"{nobody}/missing:main")


@pytest.mark.engine
def test_the_command_ends_with_one_and_a_line_for_each_problem(registry: Registry) -> None:
    status, said = run(registry.push("bare:main", label=""))
    assert status == 1
    assert [VERSION_LABEL in line or "revision" in line for line in said["problems"]] == [True] * 2


def test_the_published_image_is_looked_at_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def describe(reference: str) -> list[Described]:
        asked.append(reference)
        return [GOOD]

    monkeypatch.setattr(verify, "describe", describe)
    (tmp_path / "harness.toml").write_text('[image]\npublished = "there/x:1"\n', encoding="utf-8")
    status, _ = run("--project", str(tmp_path))
    assert (status, asked) == (1, ["there/x:1"])
