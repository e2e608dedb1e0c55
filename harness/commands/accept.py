"""`harness accept`: check the criteria of the PRD; pytest does it."""

import contextlib
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from typer import Exit, Option

from harness.acceptance import CRITERIA, checks_of, local_criteria, local_of
from harness.console import log
from harness.criteria.catalog import Catalog, Gate, Priority
from harness.criteria.checks import LONG
from harness.criteria.verdict import Verdict
from harness.docker.login import logged_in
from harness.docker.reference import refuse_undigested
from harness.errors import ExitStatus, UsageError
from harness.interrupt import interruptible
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.pytest.collection import criteria_of
from harness.pytest.run import RUN, Run

__all__ = ["accept"]

Priorities = Annotated[
    list[Priority] | None, Option("--priority", help="Only criteria of this priority; repeatable.")
]
Criteria = Annotated[
    list[str] | None, Option("--criterion", metavar="ID", help="Only this criterion; repeatable.")
]
Gates = Annotated[
    list[Gate] | None, Option("--gate", help="Only criteria of this gate; repeatable.")
]
Image = Annotated[
    str, Option("--image", metavar="REF", help="Check on this image of a registry, or on none.")
]
Expression = Annotated[
    str, Option("-k", metavar="EXPR", help="Only checks whose names fit, as pytest has it.")
]
Quick = Annotated[
    bool,
    Option("--quick", help="Only criteria all of whose checks take less than ten seconds each."),
]
Long = Annotated[bool, Option("--long", help="Also the checks that take many minutes.")]
KeepFailed = Annotated[
    bool, Option("--keep-failed", help="Leave the stack up if a check on it failed, for a look.")
]
Verbose = Annotated[
    bool, Option("--verbose", "-v", help="Also what pytest and its plugins say of the checks.")
]

# What pytest says of checks, the command says of criteria; failures it prints all the same.
_CALM = ("-qq", "--no-header", "-rN", "--benchmark-quiet")


def accept(  # noqa: PLR0913 -- one for each option
    *,
    priority: Priorities = None,
    criterion: Criteria = None,
    gate: Gates = None,
    image: Image = "",
    expression: Expression = "",
    quick: Quick = False,
    long: Long = False,
    keep_failed: KeepFailed = False,
    verbose: Verbose = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Check the criteria of the PRD on a stack of the run's own, and leave evidence.

    The status is 0 if all that were asked for passed, 1 if one failed, or one that it rests on, or
    a check broke, and 4 if none failed but one could not be verified. With --quick, what takes
    longer is not asked for unless it is named. Ctrl-C and SIGTERM take the stack down; the status
    is 130 then.
    """
    log.json_mode = json
    if quick and long:
        raise UsageError("--quick leaves out what --long asks for", "give one of them")
    if image and Gate.RELEASE in (gate or ()):
        refuse_undigested(image, "--image")
    checkout = Project.find(project)
    _find_all(checkout, criterion or ())
    chosen = [f"--priority={it.value}" for it in priority or ()]
    chosen += [f"--criterion={it}" for it in criterion or ()]
    chosen += [f"--gate={it.value}" for it in gate or ()]
    chosen += [f"--image={image}"] if image else []
    chosen += ["-k", expression] if expression else []
    chosen += ["-m", "not slow and not long"] if quick else []
    chosen += ["--long"] if long else []
    chosen += ["--keep-failed"] if keep_failed else []
    keeper = _Keeper(calm=not verbose)
    chosen += [] if verbose else _CALM
    words = [*_places(checkout), f"--project={checkout.root}", *chosen]
    with interruptible(), logged_in(image) if image else contextlib.nullcontext():
        status = _run_pytest(words, keeper)
    _leave_early(status, keeper)
    if keeper.run is None:
        raise UsageError(
            "no check fits what was asked for", "leave out -k, --quick or what else chooses"
        )
    raise Exit(_conclude(keeper.run))


class _Keeper:
    """Keeps a run to criteria, and what it found out or that somebody ended it.

    Args:
        calm: Whether where it was ended is of no interest.
    """

    run: Run | None = None
    interrupted = False
    _reporter: pytest.TerminalReporter | None = None

    def __init__(self, *, calm: bool) -> None:
        self._calm = calm

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        self._reporter = config.pluginmanager.get_plugin("terminalreporter")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        # A long measurement that serves no criterion would take an hour and tell nothing here.
        others = [it for it in items if it.get_closest_marker(LONG) and not criteria_of(it)]
        items[:] = [it for it in items if it not in others]
        config.hook.pytest_deselected(items=others)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest interrupts itself where a file cannot be collected.
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)
        if self.interrupted and self._calm and self._reporter:
            # pytest has no setting for it, and would name a line of the harness or of Python.
            self._reporter._report_keyboardinterrupt = lambda: None  # type: ignore[method-assign]  # noqa: SLF001

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.run = config.stash.get(RUN, None)


def _find_all(checkout: Project, criteria: Sequence[str]) -> None:
    """Make sure that there are such criteria, before anything begins.

    Raises:
        ConfigError: One is not there; the message names the nearest one.
    """
    if criteria:
        catalog = Catalog.load(checks_of() / CRITERIA, *local_criteria(checkout))
        for name in criteria:
            catalog[name]


def _places(checkout: Project) -> list[str]:
    """Return where the checks are, and what makes pytest find their settings from anywhere."""
    checks = checks_of()
    own = local_of(checkout)
    places = [checks, *([own] if own.is_dir() and not own.is_relative_to(checks) else [])]
    root = checks.parent
    # pytest would rewrite the assertions of its plugins, and this one is in use already.
    quiet = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    return [f"--rootdir={root}", "-c", str(root / "pyproject.toml"), *quiet, *map(str, places)]


def _run_pytest(words: list[str], keeper: _Keeper) -> int:
    """Run pytest in this process; in JSON mode all that it prints is for a person."""
    out = sys.stderr if log.json_mode else sys.stdout
    with contextlib.redirect_stdout(out):
        return int(pytest.main(words, plugins=[keeper]))


def _leave_early(status: int, keeper: _Keeper) -> None:
    """Leave where the checks did not run to their end; pytest has said why.

    Raises:
        KeyboardInterrupt: Somebody ended it.
        Exit: Something cannot be meant, or pytest or a plugin broke.
    """
    if keeper.interrupted:
        raise KeyboardInterrupt
    if status in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED}:
        raise Exit(ExitStatus.USAGE)
    if status == pytest.ExitCode.INTERNAL_ERROR:
        raise Exit(ExitStatus.BUG)


def _conclude(run: Run) -> int:
    verdicts = {it.verdict for it in run.told()} or {Verdict.UNVERIFIED}
    log.emit(_told(run))
    if Verdict.FAILED in verdicts or run.record.ends_badly():
        return ExitStatus.FAILED
    return ExitStatus.UNVERIFIED if Verdict.UNVERIFIED in verdicts else ExitStatus.OK


def _told(run: Run) -> dict[str, Any]:
    fields = {"id", "priority", "verdict", "reason", "measurements", "note"}
    return {
        "evidence": str(run.file.path),
        "criteria": [it.model_dump(mode="json", include=fields) for it in run.told()],
    }
