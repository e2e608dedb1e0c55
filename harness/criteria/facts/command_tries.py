"""How each command is tried: where it succeeds, and where it fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from harness import envfile
from harness.cli import app
from harness.lazy import LazyGroup

__all__ = ["OF_MAKE", "TRIES", "Command", "Place", "Try", "commands", "untried"]


class Place(StrEnum):
    """Where a command is tried."""

    STACK = "where a stack is up"
    UNREADABLE = "where .env.local cannot be understood"
    BROKEN = "where the compose file is broken"


class Try(NamedTuple):
    """One command: its words without the program, and what runs it."""

    words: str
    place: Place
    around: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command of the harness as its own parser knows it.

    Attributes:
        name: Its words, for example "engine up".
        takes_credential: It, with an option that takes a credential; empty if none does.
    """

    name: str
    takes_credential: str = ""


def _up(*words: str) -> tuple[Try, ...]:
    return tuple(Try(it, Place.STACK) for it in words)


def _failing(words: str, in_json: str = "") -> tuple[Try, ...]:
    return Try(words, Place.UNREADABLE), Try(in_json or words, Place.BROKEN)


TRIES: dict[str, tuple[Try, ...]] = {
    "dev": _failing("dev --detach", "dev --json"),
    "restart": (*_up("restart --json"), *_failing("restart")),
    "sync": (*_up("sync --json"), *_failing("sync")),
    "status": (*_up("status", "status --all --json"), *_failing("status", "status --json")),
    "shell": (*_up("shell -- true", "shell -- no-such-command"), *_failing("shell")),
    "logs": (*_up("logs --no-follow"), *_failing("logs")),
    "down": _failing("down", "down --json"),
    "clean": _failing("clean", "clean --json"),
    "build": _failing("build --target no-such-stage", "build --no-such-option"),
    "accept": _up("accept --criterion NFR-3.1 --json", "accept --criterion NFR-0"),
    "gate": _up("gate", "gate --json"),
    "report": _up("report --markdown -", "report --github --json"),
    "smoke": _up("smoke {url} --deadline 0.2", "smoke no-url --json"),
    "deploy": _up("deploy", "deploy --json"),
    "preflight": _up("preflight", "preflight --account --json"),
    "recover": _up("recover --json"),
    "rollback": _up("rollback no-such-release --json"),
    "notify": _up("notify", "notify --json"),
    "image verify": _up("image verify 127.0.0.1:1/none:1 --json"),
    "image base": _up("image base --json"),
    "image index": _up("image index --json"),
    "image forget": _up("image forget --json"),
    "doctor": (*_up("doctor --json"), *_failing("doctor")),
    "engine status": _up("engine status --json"),
    "engine env": _up("engine env"),
    # The engine is everybody's.
    "engine up": _up("engine up --no-such-option"),
    "engine down": _up("engine down --no-such-option"),
}
"""By command; where `dev`, `down` and `clean` succeed is observed with an environment's life."""

OF_MAKE = (
    Try("make dev-shell", Place.STACK),
    Try("make dev-logs", Place.STACK, ("timeout", "--signal=INT", "2")),
    *_failing("make dev"),
    *_failing("make dev-shell", "make dev-logs"),
    *_failing("make dev-down", "make dev-clean"),
)


def commands() -> Iterator[Command]:
    """Yield every command of the harness."""
    yield from _below(typer.main.get_command(app), "")


def untried() -> Iterator[str]:
    """Yield the commands that `TRIES` does not know."""
    yield from (it.name for it in commands() if it.name not in TRIES)


def _below(command: object, name: str) -> Iterator[Command]:
    if isinstance(command, LazyGroup):
        for key in command.lines:
            yield from _below(command.load(key), key)
        return
    if isinstance(command, TyperGroup):
        for key, inner in command.commands.items():
            yield from _below(inner, f"{name} {key}".strip())
        return
    if isinstance(command, TyperCommand):
        known = [it for it in command.params if isinstance(it, TyperOption)]
        options = {option: it for it in known for option in it.opts}
        taking = [option for option, it in options.items() if _takes_credential(option, it)]
        yield Command(name, f"{name} {taking[0]}" if taking else "")


def _takes_credential(name: str, option: TyperOption) -> bool:
    return not option.is_flag and bool(envfile.CREDENTIAL.search(name))
