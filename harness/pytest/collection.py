"""Which of the collected tests are checks, and whether their markers can be meant."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.criteria.catalog import Gate, Priority
from harness.criteria.checks import LONG, MARKER
from harness.errors import HarnessError
from harness.project import Project
from harness.pytest.run import RUN, Run

__all__ = [
    "add_options",
    "criteria_of",
    "leave_out_long_ones",
    "narrow",
    "prepare",
    "select",
]


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options that say which criteria are asked for."""
    group.addoption(
        "--criterion", action="append", metavar="ID", help="Check this criterion; repeatable."
    )
    group.addoption(
        "--priority",
        action="append",
        choices=[it.value for it in Priority],
        help="Check the criteria of this priority; repeatable.",
    )
    group.addoption(
        "--gate",
        action="append",
        choices=[it.value for it in Gate],
        help="Check the criteria of this gate; repeatable.",
    )


def criteria_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the ids of the criteria that a test serves."""
    markers = item.iter_markers(MARKER)
    return tuple(dict.fromkeys(str(name) for marker in markers for name in marker.args))


def leave_out_long_ones(config: pytest.Config, items: Sequence[pytest.Item]) -> dict[str, str]:
    """Skip what takes many minutes, unless it is asked for; return why, by the item's name."""
    if config.getoption(LONG):
        return {}
    told = {}
    for item in items:
        if item.get_closest_marker(LONG):
            command = "harness accept" if criteria_of(item) else f"pytest {item.path.name}"
            told[item.nodeid] = f"takes many minutes: ask for it with `{command} --{LONG}`"
            item.add_marker(pytest.mark.skip(reason=told[item.nodeid]))
    return told


def prepare(
    config: pytest.Config, items: Sequence[pytest.Item], left_out: Mapping[str, str]
) -> None:
    """Make the run's record if checks were collected; in a worker of xdist there is no run.

    A long measurement that is asked for needs one too, for what it leaves behind. What is left out
    begins no check in it: it neither ran nor says anything.

    Raises:
        pytest.UsageError: A marker names no criterion, or is not written out; or one is asked for
            that is not there.
    """
    checks = {item.nodeid: criteria_of(item) for item in items if criteria_of(item)}
    if not (checks or _compares(config, items)) or hasattr(config, "workerinput"):
        return
    try:
        run = _run(config)
        _validate(run, checks)
        chosen = ("--criterion", "--priority", "--gate")
        run.ask_for(*(config.getoption(it) or () for it in chosen))
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    run.record.collected.update(checks)
    run.record.left_out.update({it: told for it, told in left_out.items() if it in checks})
    config.stash[RUN] = run


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of criteria that are not asked for, once the run knows of them."""
    run = config.stash.get(RUN, None)
    if run is None or run.asked == run.record.catalog.criteria.keys():
        return
    wanted = [it for it in items if run.asked & set(criteria_of(it))]
    config.hook.pytest_deselected(items=[it for it in items if it not in wanted])
    items[:] = wanted


def narrow(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Ask for no more than the checks can tell that -m and -k have left.

    -m leaves out a kind of checks, and with it the criteria that have one of that kind; -k asks for
    checks by their names, and so for the criteria of those.
    """
    run = config.stash.get(RUN, None)
    if run and config.option.markexpr:
        names = {it.nodeid for it in items} - run.record.left_out.keys()
        run.narrow(run.record.covered(names))
    if run and config.option.keyword:
        run.narrow({name for it in items for name in criteria_of(it)})


def _compares(config: pytest.Config, items: Sequence[pytest.Item]) -> bool:
    asked = config.getoption(LONG)
    return asked and any(item.get_closest_marker(LONG) for item in items)


def _run(config: pytest.Config) -> Run:
    chosen = config.getoption("--project") or os.environ.get("HARNESS_PROJECT")
    project = Project.find(Path(chosen) if chosen else config.rootpath)
    checks = config.rootpath / config.getini("acceptance")
    words = tuple(config.invocation_params.args)
    return Run(project, checks, config.rootpath, words, config.getoption("--image"))


def _validate(run: Run, checks: dict[str, tuple[str, ...]]) -> None:
    for check, criteria in checks.items():
        for name in criteria:
            _known(run, check, name)
        _see_name(check)
        written = run.record.declared.get(check.partition("[")[0], ())
        if set(written) != set(criteria):
            raise pytest.UsageError(
                f"{check}: its criteria must be written out above the function, not {criteria}"
            )


def _see_name(check: str) -> None:
    """Refuse a file that a whole run would not collect: its checks would not be missed."""
    file = check.partition("::")[0].rpartition("/")[2]
    if not file.startswith("test_"):
        problem = f"{check}: checks are read from files named test_*.py"
        raise pytest.UsageError(f"{problem}; rename {file}")


def _known(run: Run, check: str, name: str) -> None:
    try:
        run.record.catalog[name]
    except HarnessError as error:
        raise pytest.UsageError(f"{check}: {error}") from error
