import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, cast

import pytest

from harness.console import log
from harness.criteria.evidence import EvidenceFile
from harness.docker.build_trace import BuildTrace, trace_of
from harness.docker.record import BuildRecord
from harness.docker.stack import Stack
from harness.project import Project
from harness.pytest.artifacts import keep, keep_builds

STARTED = json.dumps(
    {"vertexes": [{"digest": "sha256:1", "name": "[dev 2/3] RUN npm ci", "cached": True}]}
)


class Container:
    attrs: ClassVar = {
        "Config": {"Env": ["CLAWDBOT_GATEWAY_TOKEN=s3cr3t-value", "LANG=C"], "Cmd": ["start"]},
        "Created": "2026-01-01T00:00:00Z",
    }


class BrokenStack:
    """A stack that can tell little more than that it is there."""

    container: object = Container()
    engine: object

    def logs(self, *, tail: int) -> str:
        return f"last {tail} lines with pr0tected-value"

    def model(self) -> dict[str, object]:
        return {"services": {"loa": {"environment": {"TOKEN": "s3cr3t-value"}, "image": "i"}}}

    def health(self) -> None:
        return None


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    log.protect("pr0tected-value")
    paths = keep(cast("Stack", BrokenStack()), lambda name: tmp_path / name)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize(
    ("checks", "names"),
    [
        (["acceptance/test_x.py::test_it"], ["test_x-test_it"]),
        (["x.py::t[a/x.ts]", "y.py::u[b/x.ts]"], ["x-t-a-x.ts-", "y-u-b-x.ts-"]),
        (["a/test_x.py::t", "b/test_x.py::t", "a/test_x.py::t"], ["test_x-t", "test_x-t-2"]),
        (["x.py::t[a b]", "x.py::t[a/b]"], ["x-t-a-b-", "x-t-a-b--2"]),
        (["images"], ["images"]),
        ([f"test_x.py::t[{'é' * 300}]"], [f"test_x-t{'-' * 192}"]),
    ],
)
def test_each_check_has_a_directory_of_its_own(
    tmp_path: Path, checks: list[str], names: list[str]
) -> None:
    file = EvidenceFile(tmp_path, "run")
    folders = {check: file.artifact(check, "container.log").parent for check in checks}
    assert [it.name for it in folders.values()] == names
    assert all(it.is_dir() for it in folders.values())


def test_everything_is_kept_that_can_be_had(kept: dict[str, str]) -> None:
    assert kept["container.log"] == "last 500 lines with ***"
    assert json.loads(kept["inspect.json"])["Config"]["Cmd"] == ["start"]
    assert json.loads(kept["health.json"]) is None


def test_what_cannot_be_had_says_why(kept: dict[str, str]) -> None:
    assert "AttributeError" in json.loads(kept["events.json"])["unreadable"]


class Events:
    """An engine that makes nothing of a time in words, as the real one."""

    def events(self, *, since: object, **_: object) -> Iterator[dict[str, str]]:
        known = ("create", "exec_create: curl", "start", "die")
        yield from ({"Action": it} for it in known if isinstance(since, int))


def test_what_happened_to_the_container_is_kept_but_no_looks_at_it(tmp_path: Path) -> None:
    stack = BrokenStack()
    stack.engine = SimpleNamespace(client=Events())
    created = {"Created": "2026-01-01T00:00:00.123456789Z"}
    stack.container = SimpleNamespace(attrs=created, id="c0ffee")
    keep(cast("Stack", stack), lambda name: tmp_path / name)
    told = json.loads((tmp_path / "events.json").read_text(encoding="utf-8"))
    assert [it["Action"] for it in told] == ["create", "start", "die"]


def test_no_value_of_a_variable_is_kept(kept: dict[str, str]) -> None:
    assert "s3cr3t" not in "".join(kept.values())
    assert json.loads(kept["inspect.json"])["Config"]["Env"] == [
        "CLAWDBOT_GATEWAY_TOKEN=***",
        "LANG=***",
    ]
    service = json.loads(kept["compose.json"])["services"]["loa"]
    assert service == {"environment": {"TOKEN": "***"}, "image": "i"}


def test_what_the_ports_answer_is_kept_or_why_they_do_not(kept: dict[str, str]) -> None:
    assert "unreadable" in json.loads(kept["exchange.json"])


def test_what_the_builds_did_is_kept(tmp_path: Path) -> None:
    project = Project(tmp_path / "checkout")
    project.root.mkdir()
    record = BuildRecord()
    record.feed(STARTED)
    BuildTrace.of("loa/dev:1", record).write(trace_of(project, "dev"))
    (path,) = keep_builds(project, lambda name: tmp_path / name)
    assert path.name == "build-dev.json"
    (step,) = json.loads(path.read_text(encoding="utf-8"))["steps"]
    assert (step["name"], step["cached"]) == ("[dev 2/3] RUN npm ci", True)


def test_where_nothing_was_built_there_is_nothing_to_keep(tmp_path: Path) -> None:
    assert not keep_builds(Project(tmp_path), lambda name: tmp_path / name)
