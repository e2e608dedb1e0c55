"""What a report says in sentences, on the page as in Markdown."""

import re

from pydantic import JsonValue

from harness.console import log
from harness.criteria.verdict import Verdict
from harness.report.merged import Merged

__all__ = ["conclusion", "content", "harmless", "place", "redacted", "short"]

_SHORT = 12
_LONGEST = 300
_BLANKS = "\n\r\t"
_CONTENTS = {
    "container.log": "the end of its log",
    "inspect.json": "the container, as the engine has it",
    "events.json": "what happened to it",
    "compose.json": "the compose model",
    "health.json": "its health",
    "exchange.json": "HTTP exchange",
}
_BUILD = re.compile(r"build-(.+)\.json")


def harmless(text: str) -> str:
    """Return a text without secrets, and with a sign for what would steer a terminal.

    It must come before any escaping or cutting, after which a secret is not found.
    """
    shown = log.redact(text)
    return "".join(
        it if it.isprintable() or it in _BLANKS else "\N{REPLACEMENT CHARACTER}" for it in shown
    )


def content(name: str) -> str:
    """Return what an artifact of that name holds; nothing where the name says all."""
    build = _BUILD.fullmatch(name)
    return f"build trace, {build[1]}" if build else _CONTENTS.get(name, "")


def short(text: str) -> str:
    """Return a harmless text of at most 300 characters, and an ellipsis if there were more."""
    shown = harmless(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def redacted(value: JsonValue) -> JsonValue:
    """Return the value without secrets in its texts and names, however deep they are."""
    if isinstance(value, str):
        return log.redact(value)
    if isinstance(value, list):
        return [redacted(it) for it in value]
    if isinstance(value, dict):
        return {log.redact(name): redacted(it) for name, it in value.items()}
    return value


def conclusion(merged: Merged) -> str:
    """Return how many criteria passed, and what did not, in one line."""
    parts = [f"{merged.count(Verdict.PASSED)} of {len(merged.findings)} passed"]
    for verdict in (Verdict.FAILED, Verdict.UNVERIFIED):
        count = merged.count(verdict)
        parts += [f"{count} {verdict}"] if count else []
    return ", ".join(parts)


def place(merged: Merged) -> str:
    """Return what was checked, when and where, in one line."""
    newest = merged.newest
    checkout, machine, engine = newest.project, newest.machine, newest.engine
    revision = (checkout.revision or "no revision")[:_SHORT]
    changes = f" with {checkout.changed} changes" if checkout.changed else ""
    if newest.run.changed:
        changes += f" ({', '.join(newest.run.changed)} changed while the checks ran)"
    on = f"; Docker {engine.version}, {engine.origin}" if engine else "; no engine"
    return (
        f"{checkout.name} at {revision}{changes}, {newest.run.started:%Y-%m-%d %H:%M} UTC, "
        f"on {machine.cpus} processors, {machine.memory_bytes / 2**30:.0f} GiB, "
        f"{machine.system}{on}"
    )
