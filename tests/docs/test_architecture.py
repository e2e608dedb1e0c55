"""The pictures in docs/architecture.md show what the code does."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.imports import imported_names

TEXT = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
_PICTURES: list[str] = re.findall(r"^```mermaid\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PARTS, SAVE = _PICTURES
HARNESS, RELOADER = REPOSITORY / "harness", REPOSITORY / "deploy/dev"

ARROWS = re.findall(r"^ *(\w+) --> (\w+)$", PARTS, re.MULTILINE)
NODES = set(re.findall(r'^ *(\w+)\["(?:<b>)?\1/', PARTS, re.MULTILINE))

ACTORS: dict[str, str] = dict(
    re.findall(r"^ *participant (\w+) as (\S+?),?(?: .*)?$", SAVE, re.MULTILINE)
)
CALLS = re.findall(r"^ *(\w+)->>(\w+): (\w+)\(\w*\)$", SAVE, re.MULTILINE)


def packages() -> set[str]:
    return {it.parent.name for it in HARNESS.glob("*/__init__.py")}


def imported(package: str) -> set[str]:
    """Return the packages of the harness that a package imports from."""
    paths = (HARNESS / package).rglob("*.py")
    return {name for path in paths for name in _imports(path)} - {package}


def _imports(path: Path) -> Iterator[str]:
    yield from (it.split(".")[1] for it in imported_names(path) if it.startswith("harness."))


def test_every_part_is_in_the_picture_and_no_other() -> None:
    assert packages() == NODES


@pytest.mark.parametrize(("one", "other"), ARROWS, ids="-".join)
def test_an_arrow_means_a_call(one: str, other: str) -> None:
    assert other in NODES
    assert other in imported(one)


def test_no_part_hangs_in_the_air() -> None:
    assert {end for arrow in ARROWS for end in arrow} == NODES


def source(actor: str) -> str:
    return (RELOADER / ACTORS[actor]).read_text(encoding="utf-8")


@pytest.mark.parametrize(("caller", "called", "name"), CALLS, ids="-".join)
def test_a_message_is_a_call_of_a_method(caller: str, called: str, name: str) -> None:
    # reloader.mjs ties the parts together: what one of them is given to call may stand there.
    callers = source(caller) + (RELOADER / "reloader.mjs").read_text(encoding="utf-8")
    assert re.search(rf"\.{name}\(", callers), f"{caller} does not call {name}"
    assert re.search(rf"^  (?:async )?{name}\(", source(called), re.MULTILINE), called


def test_the_picture_of_a_save_has_its_calls() -> None:
    names = [name for _, _, name in CALLS]
    assert names == [
        "saw",
        "touched",
        "touched",
        "changed",
        "take",
        "load",
        "activate",
        "leadTo",
        "retire",
        "take",
        "kill",
        "goOn",
    ]


def test_the_order_of_the_hand_over_is_that_of_the_code() -> None:
    body = re.search(r"^  #handOver.*?^  }$", source("reload"), re.MULTILINE | re.DOTALL)
    assert body
    calls = re.findall(r"(?:gateway|door|old\?)\.(activate|leadTo|retire)\(", body[0])
    assert calls == ["activate", "leadTo", "retire"]


def test_files_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:deploy|harness|tests|acceptance)/[\w./-]*)`", TEXT))
    assert named
    assert not [it for it in named if not (REPOSITORY / it).exists()]
