"""What is kept of a stack when a check fails, without anybody asking for it."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.console import log
from harness.docker.build_trace import traces
from harness.project import Project
from harness.pytest.exchange import exchange

if TYPE_CHECKING:
    from harness.docker.stack import Stack

__all__ = ["keep", "keep_builds"]

_LOG_LINES = 500


def keep(stack: "Stack", path_of: Callable[[str], Path]) -> list[Path]:
    """Write the stack's state into files; what cannot be had says why in its own file.

    Args:
        stack: The stack, in whatever state it is.
        path_of: Where a file of a name belongs.
    """
    kept = []
    for name, text in _texts(stack):
        path = path_of(name)
        path.write_text(log.redact(text), encoding="utf-8")
        kept.append(path)
    return kept


def keep_builds(project: Project, path_of: Callable[[str], Path]) -> list[Path]:
    """Keep what the last build of each image of a checkout did; nothing where none was built."""
    kept = []
    for trace in traces(project):
        path = path_of(f"build-{trace.name}")
        shutil.copyfile(trace, path)
        kept.append(path)
    return kept


def _texts(stack: "Stack") -> Iterator[tuple[str, str]]:
    parts: dict[str, Callable[[], object]] = {
        "container.log": lambda: stack.logs(tail=_LOG_LINES),
        "inspect.json": lambda: _without_values(stack.container.attrs),
        "compose.json": lambda: _without_values(stack.model()),
        "health.json": stack.health,
        "exchange.json": lambda: exchange(stack),
        "events.json": lambda: _events(stack),
    }
    for name, read in parts.items():
        try:
            value = read()
        except Exception as error:  # noqa: BLE001 -- diagnosis must never hide what it is for
            value = {"unreadable": f"{type(error).__name__}: {error}"}
        yield name, value if isinstance(value, str) else json.dumps(value, indent=1, default=str)


def _events(stack: "Stack") -> list[Any]:
    container = stack.container
    # Of a time as the container has it, the engine makes nothing, and tells of no event.
    created = datetime.fromisoformat(container.attrs["Created"])
    events = stack.engine.client.events(
        since=int(created.timestamp()),
        until=int(time.time()) + 1,
        filters={"container": container.id},
        decode=True,
    )
    # Each look at its health is three, and every check makes some.
    return [it for it in events if not str(it.get("Action")).startswith("exec_")]


def _without_values(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    """Return the same with the values of environment variables left out; their names stay."""
    if isinstance(value, dict):
        return {key: _hide(key, _without_values(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_values(inner) for inner in value]
    return value


def _hide(key: str, value: Any) -> Any:  # noqa: ANN401 -- the same
    if key.lower() not in {"env", "environment"}:
        return value
    if isinstance(value, dict):
        return dict.fromkeys(value, "***")
    if isinstance(value, list):
        return [f"{str(it).partition('=')[0]}=***" for it in value]
    return value
