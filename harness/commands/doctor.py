"""`harness doctor`: what is there, what is missing, and the command that mends it."""

import sys
from dataclasses import asdict

from rich.table import Table
from rich.text import Text
from typer import Exit

from harness.console import log
from harness.doctor import advisories, engine, machine, project as checkout
from harness.doctor.finding import Check, Finding, Status, Subject, examine
from harness.errors import ConfigError, ExitStatus
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["CHECKS", "doctor"]

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *engine.CHECKS,
    *checkout.CHECKS,
    *advisories.CHECKS,
)
_NARROWEST = 14
_MARKS = {Status.OK: "[green]✓[/]", Status.WARN: "[yellow]![/]", Status.MISSING: "[red]✗[/]"}


def doctor(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Say what is there, what is missing, and the command that mends it."""
    log.json_mode = json
    findings = list(examine(Subject(_checkout(project)), CHECKS))
    missing = [it for it in findings if it.status is Status.MISSING]
    log.emit({"ok": not missing, "findings": [asdict(it) for it in findings]})
    _print(findings)
    log.say(f"missing: {', '.join(it.name for it in missing)}" if missing else "all that is needed")
    if missing:
        raise Exit(ExitStatus.FAILED)


def _checkout(directory: ProjectDir) -> Project | None:
    """Return the checkout; the machine can be looked at without one, unless one is named."""
    try:
        return Project.find(directory)
    except ConfigError:
        if directory:
            raise
        return None


def _print(findings: list[Finding]) -> None:
    if not sys.stdout.isatty():
        width = max((_NARROWEST, *(len(it.name) + 2 for it in findings)))
        for it in findings:
            mend = f"  -> {it.mend}" if it.mend else ""
            log.say(f"{it.status:8}{it.name:{width}}{it.detail}{mend}")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for it in findings:
        detail = Text(log.redact(it.detail))
        if it.mend:
            detail.append(f"\n→ {log.redact(it.mend)}", style="cyan")
        table.add_row(_MARKS[it.status], it.name, detail)
    log.table(table)
