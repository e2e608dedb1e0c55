"""`harness shell`: a shell, or one command, in the running container."""

import os
import sys
from typing import Annotated

from typer import Argument

from harness.docker.stack import Stack
from harness.errors import StackError
from harness.fixtures.engine import engine
from harness.options import ProjectDir
from harness.project import Project

__all__ = ["shell"]

Command = Annotated[list[str] | None, Argument(help="Run this instead, for example `-- node -v`.")]

# bash where there is one; its own start files would replace the prompt.
_SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash --norc || exec sh")
_PROMPT = r"PS1=loa:\w\$ "


def shell(command: Command = None, *, project: ProjectDir = None) -> None:
    """Open a shell in the running container; its exit status becomes this command's."""
    with engine(start=False) as docker_engine:
        stack = Stack.find(Project.find(project), docker_engine)
        if stack is None:
            raise StackError("nothing is running", "start it with `make dev`")
    terminal = ["--tty"] if sys.stdin.isatty() else []
    options = ["--interactive", *terminal, "--env", _PROMPT, str(stack.container.id)]
    words = [str(docker_engine.program), "exec", *options, *(command or _SHELL)]
    # The client takes this process's place: signals and the exit status are its own.
    os.execvpe(words[0], words, {**os.environ, **docker_engine.variables})  # noqa: S606 -- no shell
