"""`make test`, with a pytest that fails as is wanted: what is tried once more, and what is not."""

import shutil

import pytest

from tests.conftest import REPOSITORY
from tests.scripts.stage import RECORD, Stage

ALL, AGAIN, CHECKS = "tests -n auto", "tests -n 1", "acceptance"
PYTEST = f"""{RECORD}
case "$*" in
    "{ALL}"*) exit "$AT_FIRST" ;;
    "{AGAIN}"*) exit "$AT_LAST" ;;
esac
"""


@pytest.mark.parametrize(
    ("at_first", "again", "status", "called"),
    [
        (0, 0, 0, (ALL, CHECKS)),
        (1, 0, 0, (ALL, AGAIN, CHECKS)),
        (1, 1, 2, (ALL, AGAIN)),
        (1, 5, 2, (ALL, AGAIN)),  # nothing is known to have failed
        (2, 0, 2, (ALL,)),  # interrupted
        (3, 0, 2, (ALL,)),  # pytest's own fault
    ],
)
def test_what_failed_is_tried_once_more_and_only_that(
    stage: Stage, at_first: int, again: int, status: int, called: tuple[str, ...]
) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "harness/bootstrap.py"):
        (stage.place / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, stage.place / name)
    (stage.place / ".venv/bin").mkdir(parents=True)
    (stage.place / ".venv/.ready").touch()
    stage.write(".venv/bin/pytest", PYTEST)
    given = {"AT_FIRST": str(at_first), "AT_LAST": str(again), "MAKEFLAGS": "", "MAKELEVEL": ""}
    assert stage.run("-c", "make test", **given)[0] == status
    begins = [f"pytest {it}" for it in called]
    assert [line[: len(it)] for line, it in zip(stage.log, begins, strict=True)] == begins
