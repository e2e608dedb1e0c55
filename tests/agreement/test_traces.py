"""What a run leaves is told apart from what was there, and from what only takes a moment to end."""

import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import process
from harness.agreement import traces
from harness.agreement.traces import left, look
from harness.engine import machine, packages
from harness.engine.firewall import Nft
from harness.engine.model import Engine
from harness.project import Project


class Made:
    """An engine's things, as far as they are looked at."""

    def __init__(self, **things: list[str]) -> None:
        self._things = things

    def __getattr__(self, kind: str) -> Any:  # noqa: ANN401 -- as the SDK's
        named = [SimpleNamespace(name=it, short_id="1") for it in self._things.get(kind, ())]
        return SimpleNamespace(list=lambda **_: named)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("home/.config", "tmp", "cache", "checkout"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    process.run(["git", "-C", tmp_path / "checkout", "init", "--quiet"])
    (tmp_path / "checkout/harness.toml").touch()
    return Project(tmp_path / "checkout")


def engine(*, own: bool = False, **things: list[str]) -> Engine:
    return cast("Engine", SimpleNamespace(client=Made(**things), own=own))


def test_what_is_new_on_the_engine_is_left(checkout: Project) -> None:
    before = look(engine(volumes=["a"], networks=["bridge"]), [checkout])
    after = look(engine(volumes=["a", "b"], containers=["c"]), [checkout])
    assert sorted(after - before) == ["container c 1", "volume b"]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("tmp/x", True),
        ("home/.x", True),
        ("home/.config/x", True),
        ("checkout/x", True),
        ("tmp/pytest-of-me", False),
        ("cache/x", False),
        ("checkout/.git/x", False),
    ],
)
def test_files_outside_the_cache_are_left(
    checkout: Project, tmp_path: Path, place: str, *, told: bool
) -> None:
    before = look(engine(), [checkout])
    (tmp_path / place).touch()
    assert bool(look(engine(), [checkout]) - before) is told


@pytest.mark.parametrize("place", ["checkout", "cache"])
def test_a_process_that_works_in_a_checkout_or_the_cache_is_left(
    checkout: Project, tmp_path: Path, place: str
) -> None:
    before = look(engine(), [checkout])
    wait = [sys.executable, "-c", "input()"]
    with subprocess.Popen(wait, cwd=tmp_path / place, stdin=subprocess.PIPE) as child:
        (found,) = look(engine(), [checkout]) - before
        assert found.startswith(f"process {child.pid} ")
        child.kill()


def test_rules_are_counted_by_chain(monkeypatch: pytest.MonkeyPatch, checkout: Project) -> None:
    rule = {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "handle": 1}}
    rules = [{"chain": {}}, rule]
    monkeypatch.setattr(Nft, "ruleset", lambda _: rules)
    monkeypatch.setattr(packages, "unpacked", lambda _: Path("/"))
    monkeypatch.setattr(machine, "engine_packages", dict)
    own = engine(own=True)
    before = look(own, [checkout])
    rules.append({"rule": {**rule["rule"], "handle": 9}})
    assert look(own, [checkout]) - before == {"2 firewall rules in ip nat DOCKER"}


def test_what_takes_a_moment_to_end_is_not_left() -> None:
    looks = iter([{"a", "b"}, {"a"}, {"a"}])
    assert left(frozenset({"a"}), lambda: frozenset(next(looks))) == ()


def test_what_stays_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "_PATIENCE", 0.0)
    assert left(frozenset({"a"}), lambda: frozenset({"c", "b"})) == ("b", "c")
