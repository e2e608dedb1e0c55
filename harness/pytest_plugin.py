"""The pytest plugin: the `criterion` marker, verdicts, evidence, and the harness as fixtures.

It does nothing in a session that collects no test with that marker.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from harness import scratch
from harness.criteria.checks import LONG, MARKER
from harness.criteria.faults import PreconditionError, UnobservableError
from harness.errors import ConfigError
from harness.interrupt import interruptible, is_ending
from harness.pytest.check import breaks, conclude, outcome_of
from harness.pytest.collection import (
    add_options,
    criteria_of,
    leave_out_long_ones,
    narrow,
    prepare,
    select,
)
from harness.pytest.fixtures import (
    base_image,
    check,
    checkout,
    dev_image,
    engine,
    project,
    stack,
)
from harness.pytest.run import CHECK, RUN
from harness.pytest.summary import write_left, write_summary

__all__ = ["base_image", "check", "checkout", "dev_image", "engine", "project", "stack"]

_MARKERS = (
    f"{MARKER}(id, ...): the acceptance criteria that the test serves",
    "engine: needs a Docker engine",
    "browser: needs a web browser",
    "slow: takes more than ten seconds",
    f"{LONG}: takes many minutes; runs only with --{LONG}",
)
_UNVERIFIED = "unverified"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say what is checked, and where what was seen is recorded."""
    group = parser.getgroup("harness")
    group.addoption("--project", metavar="DIR", help="Check the checkout in DIR instead.")
    group.addoption(
        "--image", metavar="REF", default="", help="Stand on this image of a registry, or on none."
    )
    group.addoption("--facts", metavar="DIR", help="Record the observed facts in DIR.")
    group.addoption(
        f"--{LONG}",
        action="store_true",
        help="Run what takes many minutes too, see `make test-long`.",
    )
    group.addoption(
        "--keep-failed",
        action="store_true",
        help="Leave the stack up if a check on it failed, for a look.",
    )
    add_options(group)
    parser.addini("acceptance", "The directory of the checks.", default="acceptance")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin a run if there are checks, before -k and -m leave any of them out."""
    left_out = leave_out_long_ones(config, items)
    prepare(config, items, left_out)
    select(config, items)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Take what nobody asked for as not run, however long it takes."""
    for item in items:
        run = item.config.stash.get(RUN, None)
        if run:
            run.record.left_out.pop(item.nodeid, None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """See what -k and -m have left to ask for."""
    narrow(session.config, session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Leave evidence before the first check, should it be the last; SIGTERM ends no run at once."""
    run = session.config.stash.get(RUN, None)
    if run and not session.config.option.collectonly:
        session.config.add_cleanup(_sweep)
        kept = ExitStack()
        kept.enter_context(interruptible())
        session.config.add_cleanup(kept.close)  # after the last fixture
        run.save()


def _sweep() -> None:
    """Remove what commands left that a check has killed."""
    scratch.sweep()


def pytest_keyboard_interrupt() -> None:
    """Let what takes the stack down come to its end, though a SIGTERM follows."""
    is_ending()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep a record of a check from its first fixture to its last, and write it down."""
    run = item.config.stash.get(RUN, None)
    if run is None or not criteria_of(item) or item.nodeid in run.record.left_out:
        return (yield)
    record = run.record.begin(item.nodeid, criteria_of(item))
    item.stash[CHECK] = record
    started = time.perf_counter()
    try:
        return (yield)
    finally:
        record.seconds = time.perf_counter() - started
        run.save()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Refuse to run a check beside others, or on a stack that was lost: they share one."""
    is_check = bool(criteria_of(item))
    if is_check and RUN not in item.config.stash:
        pytest.fail("checks of criteria run in one process: leave out -n", pytrace=False)
    yield
    if is_check and "stack" in getattr(item, "fixturenames", ()):
        item.config.stash[RUN].require_stack()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """End a check by what it judged."""
    result = yield
    record = pyfuncitem.stash.get(CHECK, None)
    if record:
        conclude(record)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the end of a phase into a verdict."""
    report = yield
    record = item.stash.get(CHECK, None)
    if record is None:
        return report
    if call.excinfo is None:
        return report
    error = call.excinfo.value
    if not (call.when == "call" and record.outcome):  # else it ended by what it judged
        record.end(outcome_of(error, call.when))
        record.broke |= breaks(error, call.when)
    if isinstance(error, PreconditionError):
        run = item.config.stash[RUN]
        run.record.fault(error.criterion, error.reason, run.remains)
    if isinstance(error, PreconditionError | UnobservableError | ConfigError):
        _leave_unverified(report, item, str(error))
    elif report.failed:
        _keep_artifacts(item)
    return report


def _leave_unverified(report: pytest.TestReport, item: pytest.Item, reason: str) -> None:
    path, line, _ = item.location
    report.outcome = "skipped"
    report.longrepr = (path, (line or 0) + 1, f"{_UNVERIFIED}: {reason}")
    setattr(report, _UNVERIFIED, True)


def _keep_artifacts(item: pytest.Item) -> None:
    run, record = item.config.stash[RUN], item.stash[CHECK]
    if run.stack:
        record.artifacts = run.keep(run.stack, record.check)


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show an unverified check as what it is: neither passed nor skipped."""
    if getattr(report, _UNVERIFIED, False):
        return _UNVERIFIED, "U", (_UNVERIFIED.upper(), {"yellow": True})
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Close the evidence; a run whose preconditions failed never ends well."""
    run = session.config.stash.get(RUN, None)
    if run is None or session.config.option.collectonly:
        return
    nothing_fits = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not run.asked
    if nothing_fits or exitstatus == pytest.ExitCode.USAGE_ERROR:
        del session.config.stash[RUN]  # nothing began, and there is nothing to tell
        return
    interrupted = exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}
    run.save("interrupted" if interrupted else "finished")
    if run.record.faults and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the verdicts; a run without checks only says where its artifacts are."""
    run = config.stash.get(RUN, None)
    if run is None or config.option.collectonly:
        return
    path = run.file.path.relative_to(run.project.root)
    if run.tells:
        write_summary(terminalreporter, run, str(path))
        if run.left:
            write_left(terminalreporter, run.left.root)
    else:
        terminalreporter.write_line(f"artifacts: {path.with_suffix('')}")
