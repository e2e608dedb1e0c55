"""`harness logs`: what the container prints."""

import sys
from contextlib import suppress
from typing import Annotated

from typer import Option

from harness import envfile, process
from harness.console import log
from harness.docker.stack import container_of
from harness.errors import StackError
from harness.fixtures.running import engine_of
from harness.options import ProjectDir
from harness.project import Project

__all__ = ["logs"]

Follow = Annotated[bool, Option("--follow/--no-follow", help="Go on until Ctrl-C.")]
Tail = Annotated[int, Option(min=0, help="How many of the lines so far to begin with.")]


def logs(*, project: ProjectDir = None, follow: Follow = True, tail: Tail = 200) -> None:
    """Follow the container's logs, or show those of one that has ended; Ctrl-C ends it."""
    checkout = Project.find(project)
    with engine_of(checkout) as docker_engine:
        container = container_of(checkout, docker_engine)
        if container is None:
            raise StackError("there is no container", "start it with `make dev`")
    envfile.read(checkout.root)
    options = ["--tail", str(tail), *(["--follow"] if follow else [])]
    words = [str(docker_engine.program), "logs", *options, str(container.id)]
    with suppress(KeyboardInterrupt):
        process.stream(words, _print, env=docker_engine.variables)


def _print(line: str) -> None:
    sys.stdout.write(log.redact(line) + "\n")
    sys.stdout.flush()
