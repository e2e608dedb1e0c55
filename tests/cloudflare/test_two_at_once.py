"""Two releases at once: the second one refuses, however long the first one takes over its work."""

from collections.abc import Callable

import pytest

from harness.cloudflare import journal, pipeline
from harness.cloudflare.journal import Journal
from harness.cloudflare.pipeline import Options
from harness.errors import ReleaseError
from tests.cloudflare.made_up import MadeUp, target

BOTH = ("staging", "production")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BEAT", 0.02)
    monkeypatch.setattr(pipeline, "_preflight", lambda *_: None)


def release(shelf: MadeUp, owner: str, image: Callable[[], str], *environments: str) -> None:
    pipeline.deploy(target(shelf, owner), Options(environments, 1), image, lambda _: None)


def refuse_to_build() -> str:
    raise AssertionError("the second release goes on")


@pytest.mark.parametrize("second", [BOTH, ("staging",), ("production",)], ids=" and ".join)
def test_the_second_release_refuses_while_the_first_one_builds(second: tuple[str, ...]) -> None:
    shelf = MadeUp()

    def build() -> str:
        with pytest.raises(ReleaseError, match=r"by first is under way .held.; nothing was"):
            release(shelf, "second", refuse_to_build, *second)
        assert {shelf.read(name)[0].owner for name in BOTH} == {"first"}
        raise ReleaseError("that is enough")

    with pytest.raises(ReleaseError, match="that is enough"):
        release(shelf, "first", build, *BOTH)
    assert {shelf.read(name)[0].owner for name in BOTH} == {""}


def test_a_record_that_was_closed_gets_no_more_signs_of_life() -> None:
    shelf = MadeUp()
    mine, theirs = Journal(shelf, "staging", "me"), Journal(shelf, "staging", "they")
    mine.take()
    mine.close(mine.record.freed())
    theirs.take()
    before = shelf.read("staging")
    mine._beat()  # noqa: SLF001 -- as its thread does, which nobody can time
    assert shelf.read("staging") == before
