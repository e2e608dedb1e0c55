"""What `harness build` makes of its options before anything is built."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from harness.commands import build as command
from harness.docker import push_access
from harness.docker.production import Wanted
from harness.errors import UsageError

DIGEST = f"sha256:{'0a' * 32}"


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """What would have been built."""
    found: list[Wanted] = []

    @contextmanager
    def engine() -> Iterator[Any]:
        yield SimpleNamespace()

    def build(_: object, __: object, it: Wanted, **___: object) -> list[Any]:
        found.append(it)
        return []

    monkeypatch.setattr(command, "engine", engine)
    monkeypatch.setattr(command, "_build", build)
    monkeypatch.setattr(push_access, "require", lambda _: None)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    return found


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("host:5000/x", "host:5000/x:latest"),
        ("host:5000/x:1", "host:5000/x:1"),
        ("host/team/x", "host/team/x:latest"),
    ],
)
def test_a_name_without_a_tag_is_the_latest_and_a_port_is_no_tag(
    wanted: list[Wanted], given: str, meant: str
) -> None:
    """An engine pushes all tags that it has of a name without one."""
    command.build(push=True, tag=given)
    assert [it.tag for it in wanted] == [meant]


def test_without_a_name_none_is_made_up(wanted: list[Wanted]) -> None:
    command.build()
    assert [it.tag for it in wanted] == [""]


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("option", ["registry_cache", "ahead"])
def test_the_registry_s_cache_is_of_one_processor(option: str) -> None:
    """A comma in its name would be one of buildx's own."""
    both: dict[str, Any] = {"platform": "linux/amd64,linux/arm64", option: True}
    with pytest.raises(UsageError, match="the registry's cache is of one processor"):
        command.build(push=True, tag="host/x:1", builder="b", **both)


@pytest.mark.usefixtures("wanted")
def test_a_digest_is_no_name_for_what_is_yet_to_be_built() -> None:
    with pytest.raises(UsageError, match=r"--tag host/x@sha256:\w+ holds a digest"):
        command.build(push=True, tag=f"host/x@{DIGEST}")
