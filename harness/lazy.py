"""A group of commands that imports a command's module once that command is called.

The help and the shell's completion need the names and a line on each, and no module.
"""

import shlex
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["LazyGroup"]


class LazyGroup(TyperGroup):
    """Subclasses say which commands there are.

    Attributes:
        package: Where each command has a module of its name; in it there is a function of that
            name, or `app`, the commands below it.
        lines: The line on each command that the help shows: the first one of its own help.
    """

    package: ClassVar[str]
    lines: ClassVar[Mapping[str, str]]

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 -- typer's own
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=it) for name, it in self.lines.items()}

    # The context's class is typer's or click's, which differs from version to version.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the words, and tell where an option of a command belongs if it stands too early."""
        own = {it for option in self.get_params(ctx) for it in option.opts}
        verb = next((it for it in args if it in self.lines), None)
        if verb and args[0].startswith("-") and args[0].partition("=")[0] not in own:
            place = args.index(verb)
            meant = shlex.join([verb, *args[:place], *args[place + 1 :]])
            ctx.fail(f"{args[0]} belongs after the command: harness {meant}")
        return list(super().parse_args(ctx, args))

    def resolve_command(
        self,
        ctx: Any,  # noqa: ANN401
        args: list[str],
    ) -> tuple[str | None, Any, list[str]]:
        """Find the command that is called, and load it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if name else None, rest

    def load(self, name: str) -> Any:  # noqa: ANN401 -- typer's or click's
        """Import a command, and return it as the parser needs it."""
        module = import_module(f"{self.package}.{name}")
        if hasattr(module, "app"):
            group = typer.main.get_group(module.app)
            group.name = name
            return group
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(getattr(module, name))
        return typer.main.get_command(alone)
