"""`harness logs`: what the container prints."""

import sys
from contextlib import suppress
from typing import Annotated

from typer import Option

from harness import envfile, process
from harness.console import log
from harness.docker.stack import Stack
from harness.errors import StackError
from harness.fixtures.engine import engine
from harness.options import ProjectDir
from harness.project import Project

__all__ = ["logs"]

Follow = Annotated[bool, Option("--follow/--no-follow", help="Go on until Ctrl-C.")]
Tail = Annotated[int, Option(min=0, help="How many of the lines so far to begin with.")]


def logs(*, project: ProjectDir = None, follow: Follow = True, tail: Tail = 200) -> None:
    """Follow the container's logs; Ctrl-C ends it."""
    with engine(start=False) as docker_engine:
        stack = Stack.find(Project.find(project), docker_engine)
        if stack is None:
            raise StackError("nothing is running", "start it with `make dev`")
    envfile.read(stack.project.root)
    options = ["--tail", str(tail), *(["--follow"] if follow else [])]
    words = [str(docker_engine.program), "logs", *options, str(stack.container.id)]
    with suppress(KeyboardInterrupt):
        process.stream(words, _print, env=docker_engine.variables)


def _print(line: str) -> None:
    sys.stdout.write(log.redact(line) + "\n")
    sys.stdout.flush()
