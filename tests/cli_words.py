"""What the command line knows, by typer's own model of it; nothing is called."""

from typing import Any

import typer

from harness.cli import app
from harness.lazy import LazyGroup

__all__ = ["unknown"]


def unknown(words: list[str]) -> str:
    """Return what the command line does not know of a call of `harness`; empty if nothing."""
    command: Any = typer.main.get_command(app)
    own, rest = options(command), words[1:]
    while hasattr(command, "commands"):
        if rest[:1] and rest[0] in own:
            return "" if len(rest) == 1 else " ".join(words)
        if not rest or rest[0] not in command.commands:
            return " ".join(words)
        command = _below(command, rest[0])
        rest = rest[1:]
    ours = rest[: rest.index("--")] if "--" in rest else rest
    given = [it.partition("=")[0] for it in ours if it.startswith("-") and it != "-"]
    known = options(command)
    return " ".join(it for it in given if it not in known)


def _below(command: Any, name: str) -> Any:  # noqa: ANN401 -- click's, which typer carries within
    return command.load(name) if isinstance(command, LazyGroup) else command.commands[name]


def options(command: Any) -> set[str]:  # noqa: ANN401 -- click's, which typer carries within
    names = {name for it in command.params for name in (*it.opts, *it.secondary_opts)}
    return names | set(command.context_settings.get("help_option_names", ["--help"]))
