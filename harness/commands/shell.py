"""`harness shell`: a shell, or one command, in the running container."""

import os
import sys
from typing import Annotated

from typer import Argument

from harness.fixtures.running import running_stack
from harness.options import ProjectDir
from harness.project import Project

__all__ = ["shell"]

Command = Annotated[list[str] | None, Argument(help="Run this instead, for example `-- node -v`.")]

# bash where there is one; its own start files would replace the prompt.
_SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash --norc || exec sh")
_PROMPT = r"PS1=loa:\w\$ "


def shell(command: Command = None, *, project: ProjectDir = None) -> None:
    """Open a shell in the running container; its exit status becomes this command's."""
    with running_stack(Project.find(project)) as stack:
        terminal = ["--tty"] if sys.stdin.isatty() else []
        options = ["--interactive", *terminal, "--env", _PROMPT, str(stack.container.id)]
        words = [str(stack.engine.program), "exec", *options, *(command or _SHELL)]
    # The client takes this process's place: signals and the exit status are its own.
    os.execvpe(words[0], words, {**os.environ, **stack.engine.variables})  # noqa: S606 -- no shell
