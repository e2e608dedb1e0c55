"""A mutant on a working copy, and who catches it; in a process of its own."""

import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.mutants import programs
from tests.mutants.guards import READING, guards, is_read
from tests.mutants.mutant import Mutant
from tests.reading import not_passed

__all__ = ["Found", "asked_of", "judge", "warm"]

_WITHOUT = ("cacheprovider", "playwright", "hypothesispytest", "benchmark")
# Some plugins are loaded before, for all of the processes, and cannot be rewritten any more.
_REWRITTEN = "-Wignore::pytest.PytestAssertRewriteWarning"
_OPTIONS = ("-x", "-q", "--tb=no", _REWRITTEN, *(f"-pno:{name}" for name in _WITHOUT))


@dataclass(frozen=True)
class Found:
    """Who caught a mutant; nobody, if `by` is empty."""

    by: str
    why: str = ""


class _First:
    """pytest's first failure."""

    def __init__(self) -> None:
        self.found = Found("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.found.by:
            self.found = Found(report.nodeid.partition("[")[0], report.longreprtext)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.found.by:
            self.found = Found(report.nodeid, str(report.longrepr))


def judge(root: Path, mutant: Mutant) -> Found:
    """Ask one guard after the other, with the mutant in its place in the working copy.

    The process must be one that nobody needs afterwards: modules of the copy take the place of
    this checkout's.
    """
    (root / mutant.file).write_text(mutant.text, encoding="utf-8")
    if found := programs.complaint(root, mutant.file):
        return Found(found)
    read = _reading(root) if is_read(mutant.file) else Found("")
    if read.by:
        return read
    _become(root)
    for tests in guards(mutant.file):
        first = _First()
        status = pytest.main([*_OPTIONS, f"--rootdir={root}", *tests], plugins=[first])
        if first.found.by or status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            return first.found if first.found.by else Found("pytest", f"status {status}")
        _forget_tests()
    return Found("")


def asked_of(root: Path, file: str) -> Iterator[str]:
    """Yield the names of all that are asked about a file, if each finds it right."""
    for program in programs.of(file):
        yield from (f"{program.name}: {it}" for it in programs.reaching(root, program, file))
    if is_read(file):
        yield READING
    for tests in guards(file):
        yield from tests


def warm(root: Path) -> None:
    """Load what every judging needs, before processes are made of this one."""
    list(not_passed(root))
    for it in entry_points(group="pytest11"):
        if it.name not in _WITHOUT:
            it.load()
    for path in (*root.glob("tests/promises/test_*.py"), *root.glob("tests/scripts/*.py")):
        import_module(f"tests.{path.parent.name}.{path.stem}")


def _reading(root: Path) -> Found:
    try:
        failed = list(not_passed(root))
    except Exception:  # noqa: BLE001 -- whatever stops the checks does not pass
        return Found(READING, traceback.format_exc())
    names = " ".join(name for name, _ in failed)
    return Found(names, "; ".join(why for _, why in failed))


def _become(root: Path) -> None:
    os.chdir(root)
    sys.path.insert(0, str(root))
    _forget_tests()


def _forget_tests() -> None:
    for name in [it for it in sys.modules if it == "tests" or it.startswith("tests.")]:
        del sys.modules[name]
