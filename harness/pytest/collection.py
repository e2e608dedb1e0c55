"""Which of the collected tests are checks, and whether their markers can be meant."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.criteria.checks import MARKER
from harness.errors import HarnessError
from harness.project import Project
from harness.pytest.run import RUN, Run

__all__ = ["LONG", "criteria_of", "leave_out_long_ones", "prepare"]

LONG = "long"
"""The marker of tests that take many minutes, and the option that asks for them."""


def criteria_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the ids of the criteria that a test serves."""
    markers = item.iter_markers(MARKER)
    return tuple(dict.fromkeys(str(name) for marker in markers for name in marker.args))


def leave_out_long_ones(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Skip what takes many minutes, unless it is asked for."""
    if config.getoption(LONG):
        return
    skip = pytest.mark.skip(reason=f"takes many minutes: ask for it with --{LONG}")
    for item in items:
        if item.get_closest_marker(LONG):
            item.add_marker(skip)


def prepare(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Make the run's record if checks were collected; in a worker of xdist there is no run.

    A long measurement that is asked for needs one too, for what it leaves behind.

    Raises:
        pytest.UsageError: A marker names no criterion, or is not written out.
    """
    checks = {item.nodeid: criteria_of(item) for item in items if criteria_of(item)}
    if not (checks or _compares(config, items)) or hasattr(config, "workerinput"):
        return
    try:
        run = _run(config)
        _validate(run, checks)
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    run.record.collected.update(checks)
    config.stash[RUN] = run


def _compares(config: pytest.Config, items: Sequence[pytest.Item]) -> bool:
    asked = config.getoption(LONG)
    return asked and any(item.get_closest_marker(LONG) for item in items)


def _run(config: pytest.Config) -> Run:
    chosen = config.getoption("--project") or os.environ.get("HARNESS_PROJECT")
    project = Project.find(Path(chosen) if chosen else config.rootpath)
    checks = config.rootpath / config.getini("acceptance")
    return Run(project, checks, config.rootpath, tuple(config.invocation_params.args))


def _validate(run: Run, checks: dict[str, tuple[str, ...]]) -> None:
    for check, criteria in checks.items():
        for name in criteria:
            _known(run, check, name)
        written = run.record.declared.get(check.partition("[")[0], ())
        if set(written) != set(criteria):
            raise pytest.UsageError(
                f"{check}: its criteria must be written out above the function, not {criteria}"
            )


def _known(run: Run, check: str, name: str) -> None:
    try:
        run.record.catalog[name]
    except HarnessError as error:
        raise pytest.UsageError(f"{check}: {error}") from error
