"""What collects facts, as far as it needs no engine."""

import json
import sys
from pathlib import Path
from typing import ClassVar, cast

import pytest
from docker.models.containers import Container

from harness.criteria.facts.checkout import changed_files, fresh_copy, snapshot
from harness.criteria.facts.compose import bytes_of
from harness.criteria.facts.deployment import observe, parse_jsonc
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.fallback import tells_of_fallback
from harness.criteria.facts.markdown import documents
from harness.criteria.facts.mount import target_of
from harness.criteria.facts.save import SaveFacts
from harness.engine.model import Engine
from harness.project import Project
from harness.quantile import quantile

GIB = 2**30


def test_documents_are_read_whatever_their_encoding(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"caf\xe9\n")
    (tmp_path / "notes.md").mkdir()
    (tmp_path / "gone.md").symlink_to("nowhere")
    assert list(documents(Project(tmp_path))) == [("README.md", "caf\ufffd\n")]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4294967296", 4 * GIB),
        (4294967296, 4 * GIB),
        ("4g", 4 * GIB),
        ("4G", 4 * GIB),
        ("4GiB", 4 * GIB),
        ("4096mb", 4 * GIB),
        ("-1", -1),
        ("0", None),
        (None, None),
    ],
)
def test_sizes_are_read_as_compose_writes_them(text: object, size: int | None) -> None:
    assert bytes_of(text) == size


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="'plenty' is no size"):
        bytes_of("plenty")


def test_json_with_comments_is_read() -> None:
    text = '{ // it is "here"\n "a": "// not a comment, ]", /* , */ "b": [1, 2,], }'
    assert parse_jsonc(text) == {"a": "// not a comment, ]", "b": [1, 2]}


def project_with(root: Path, files: dict[str, str]) -> Project:
    for name, text in {"harness.toml": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Project(root)


def test_a_deployments_containers_are_found_in_every_environment(tmp_path: Path) -> None:
    worker = (
        '{"containers": [{"class_name": "A", "instance_type": "standard-1"}],'
        '"env": {"staging": {"containers": [{"instance_type": {"memory_mib": 4096}}]}}}'
    )
    facts = observe(project_with(tmp_path, {"deploy/worker/wrangler.jsonc": worker}))
    assert facts.files == ("deploy/worker/wrangler.jsonc",)
    found = [(it.environment, it.instance_type, it.memory) for it in facts.containers]
    assert found == [("", "standard-1", 4 * GIB), ("staging", "custom", 4 * GIB)]


def test_an_environment_that_binds_the_container_but_asks_for_none_is_seen(tmp_path: Path) -> None:
    bound = '"durable_objects": {"bindings": [{"name": "X", "class_name": "A"}]}'
    text = (
        f'{{"env": {{"staging": {{"containers": [{{"class_name": "A"}}], {bound}}},'
        f'"production": {{{bound}}}, "docs": {{}}}}}}'
    )
    assert observe(project_with(tmp_path, {"wrangler.json": text})).bare == ("production",)


@pytest.mark.parametrize(
    ("name", "text", "memory"),
    [
        ("wrangler.toml", '[[containers]]\ninstance_type = "basic"', [GIB]),
        ("wrangler.json", '{"containers": [{}]}', [256 * 2**20]),
        ("wrangler.json", '{"containers": [{"instance_type": "huge-9"}]}', [None]),
        ("wrangler.json", '{"name": "no container"}', []),
    ],
)
def test_instance_types_have_their_memory(
    tmp_path: Path, name: str, text: str, memory: list[int | None]
) -> None:
    facts = observe(project_with(tmp_path, {name: text}))
    assert [it.memory for it in facts.containers] == memory


@pytest.mark.parametrize("text", ["{", "[]", '{"containers": ["x"]}'])
def test_a_configuration_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    facts = observe(project_with(tmp_path, {"wrangler.json": text}))
    assert facts.unreadable == ("wrangler.json",)


def test_a_configuration_of_a_dependency_is_not_the_projects(tmp_path: Path) -> None:
    files = {"node_modules/x/wrangler.json": "{}"}
    assert observe(project_with(tmp_path, files)).files == ()


class Mounted:
    attrs: ClassVar = {
        "Mounts": [
            {"Type": "bind", "Source": "/src", "Destination": "/workspace"},
            {"Type": "bind", "Source": "/src/deploy", "Destination": "/opt/deploy"},
            {"Type": "volume", "Source": "/src/grimoires", "Destination": "/data"},
        ]
    }


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/src/grimoires", "/workspace/grimoires"),
        ("/src/deploy/loa-identity", "/opt/deploy/loa-identity"),
        ("/elsewhere", "None"),
        ("/srcs", "None"),
    ],
)
def test_a_host_path_is_found_by_its_innermost_mount(path: str, target: str) -> None:
    assert str(target_of(cast("Container", Mounted()), Path(path))) == target


def test_a_snapshot_tells_what_changed(tmp_path: Path) -> None:
    project = project_with(tmp_path, {"a": "1", "b/c": "1", ".git/x": "1", ".harness/y": "1"})
    before = snapshot(project.root)
    project_with(tmp_path, {"a": "2", "new": "1", ".git/x": "2", ".harness/y": "2"})
    (tmp_path / "b/c").unlink()
    assert changed_files(before, snapshot(project.root)) == ("a", "b/c", "new")


def test_a_fresh_copy_has_ports_and_settings_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    text = '[project]\nname = "mine"\n[compose]\nservice = "gate"\n'
    project = project_with(tmp_path / "checkout", {"harness.toml": text})
    with fresh_copy(project, {"image": {"version_label": 'odd"label'}}) as copy:
        config = copy.config
        assert copy.root != project.root
    assert (config.project.name, config.compose.service) == ("mine", "gate")
    assert config.image.version_label == 'odd"label'
    assert config.ports != project.config.ports
    assert project.config.image.version_label != config.image.version_label


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("Images that cannot be pulled\nare built here.", True),
        ("If GHCR is unreachable, the base image is built from `core` instead.", True),
        ("Falls back to a local build when the registry is down.", True),
        ("The image is built by CI.\n\nIt cannot be pulled without a login.", False),
        ("Run `docker pull` and then `docker build`.", False),
        ("Nothing is built here.", False),
    ],
)
def test_a_document_tells_of_the_fallback_in_whatever_words(text: str, *, tells: bool) -> None:
    assert tells_of_fallback(text) is tells


def test_a_quantile_is_the_one_that_reports_and_benchmarks_tell() -> None:
    seconds = tuple(map(float, range(1, 21)))
    facts = SaveFacts(reloader="", seconds=seconds, lost=0, returned=True, foreign=())
    assert [facts.quantile(it) for it in (0.5, 0.95)] == pytest.approx([10.5, 19.05])
    assert facts.quantile(0.95) == quantile(seconds, 0.95)


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    engine = Engine(host="", origin="", version="", program=Path(sys.executable))
    return Developer(project_with(tmp_path, {}), engine)


@pytest.mark.parametrize("prompt", ["(.venv) ", None])
def test_a_shell_is_talked_to_through_a_terminal(
    developer: Developer, monkeypatch: pytest.MonkeyPatch, prompt: str | None
) -> None:
    if prompt:  # as an environment's `activate` sets it
        monkeypatch.setenv("PS1", prompt)
    else:
        monkeypatch.delenv("PS1", raising=False)
    with developer.shell(["bash", "--norc"]) as shell:
        assert shell.has_prompt()
        assert shell.run("test -t 0 && echo there").stdout.strip() == "there"
        assert shell.run("echo $COLUMNS; false").status == 1
        assert shell.leave(7) == 7


def test_a_program_that_is_no_shell_gives_none(developer: Developer) -> None:
    with developer.shell(["sh", "-c", "echo nothing is running; exit 3"]) as shell:
        assert not shell.has_prompt()
        assert shell.run("echo there").status == -1


def test_what_another_make_has_set_is_not_what_a_developer_has(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAKEFLAGS", "MAKELEVEL", "HARNESS_PROJECT", "COMPOSE_FILE"):
        monkeypatch.setenv(name, "foreign")
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    done = developer.run([sys.executable, "-c", script], seconds=20)
    seen = json.loads(done.stdout)
    assert "foreign" not in seen.values()
    assert seen["COMPOSE_PROJECT_NAME"] == developer.project.slug
    assert seen["VENV"] == sys.prefix
