"""What is concluded from programs of an image that say something else than they should."""

from collections.abc import Sequence
from typing import cast

import pytest

from harness.criteria.facts import python_tool
from harness.criteria.facts.in_image import Ran
from harness.criteria.faults import UnobservableError
from harness.engine.model import Engine

ENGINE = cast("Engine", None)


def answering(monkeypatch: pytest.MonkeyPatch, counted: Ran) -> None:
    """Have the search for libraries end like this, and all else well."""

    def run(_engine: Engine, _image: str, command: Sequence[str]) -> Ran:
        return counted if command[0] == "sh" else Ran(status=0, said="")

    monkeypatch.setattr(python_tool, "run", run)


def test_libraries_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Ran(status=0, said="3"))
    assert python_tool.observe(ENGINE, "image").libraries == 3


@pytest.mark.parametrize("counted", [Ran(status=None, said=""), Ran(status=127, said="no find")])
def test_what_was_not_counted_is_not_none(monkeypatch: pytest.MonkeyPatch, counted: Ran) -> None:
    answering(monkeypatch, counted)
    with pytest.raises(UnobservableError, match="could not be searched"):
        python_tool.observe(ENGINE, "image")
