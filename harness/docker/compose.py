"""docker compose for one project: the only place that builds its command lines."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, cast

import docker.errors
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from harness import envfile, names, process
from harness.engine.model import Engine
from harness.errors import StackError, ToolError
from harness.poll import PollTimeoutError, until

__all__ = ["ComposeProject"]

_LINK_SECONDS = 10
_REQUIRED = re.compile(r"required variable (\w+) is missing a value(?::(.*))?")


@dataclass
class ComposeProject(DockerCompose):
    """testcontainers' compose support, bound to an engine and a project name.

    On its own it would run under the directory's name, on whatever engine the environment names,
    and take the volumes away when it stops.

    Attributes:
        engine: The engine to run on.
        project_name: The compose project's name, unique on the engine.
        variables: What the compose file is interpolated with, on top of the environment.
    """

    engine: Engine = field(kw_only=True)
    project_name: str = field(kw_only=True)
    variables: Mapping[str, str] = field(kw_only=True, default_factory=dict)

    @cached_property
    def compose_command_property(self) -> list[str]:
        """The words that every command line begins with."""
        # Relative to the context, as testcontainers has it, wherever this process runs.
        paths = [str(Path(self.context) / name) for name in self.compose_file_name or []]
        files = [word for path in paths for word in ("--file", path)]
        directory = ["--project-directory", str(self.context)]
        return [*self._program, *directory, *files]

    @property
    def _program(self) -> list[str]:
        program = [str(self.engine.program), "compose", "--ansi", "never"]
        return [*program, "--project-name", self.project_name]

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the engine's client and for interpolation."""
        return {**self.variables, **self.engine.variables}

    def start(self) -> None:
        """Create what is missing or changed and start it, without waiting and without building.

        Raises:
            StackError: The compose file cannot be used, or the engine refuses it.
        """
        self._run(["up", "--detach", "--no-build", "--pull", "never", "--remove-orphans"])

    def create(self) -> None:
        """Create what is missing or changed, and start nothing.

        Raises:
            StackError: The compose file cannot be used, or the engine refuses it.
        """
        self._run(["create", "--no-build", "--pull", "never", "--remove-orphans"])

    def stop(self, down: bool = False) -> None:  # noqa: FBT001 -- testcontainers' signature
        """Remove containers and networks; with `down`, as testcontainers calls it, volumes too.

        The project's name alone says what to remove: a compose file that was broken or changed in
        the meantime must not keep anything from being stopped.

        Raises:
            StackError: The engine refuses it.
        """
        words = [*self._program, "down", "--remove-orphans", *(["--volumes"] if down else [])]
        self._call(words, "down")
        # Whoever is attached has a container of its own in the network, and makes no other one now.
        if self._remove_links():
            self._call(words, "down")

    def _remove_links(self) -> bool:
        label = f"{names.LINK}={self.project_name}"

        def left() -> list[Container]:
            containers = self.engine.client.containers
            return containers.list(all=True, filters={"label": label}, ignore_removed=True)

        links = left()
        for link in links:
            with suppress(docker.errors.APIError):  # it ends by itself, just now
                link.remove(force=True)
        try:
            until(lambda: not left(), seconds=_LINK_SECONDS, what="the links are gone")
        except PollTimeoutError as error:
            these = " ".join(str(link.name) for link in links)
            raise StackError(
                f"what commands were attached by is still there after {_LINK_SECONDS} s: {these}",
                f"`docker rm --force {these}`, then try again",
            ) from error
        return bool(links)

    def restart(self, service: str) -> None:
        """Start a service's container again, as it is.

        Raises:
            StackError: The compose file cannot be used, or the engine refuses it.
        """
        self._run(["restart", service])

    def model(self) -> dict[str, Any]:
        """Return the compose model as compose itself resolves it.

        Raises:
            StackError: The compose file cannot be used.
        """
        return cast("dict[str, Any]", json.loads(self._run(["config", "--format", "json"])))

    def command(self, *words: str) -> list[str]:
        """Return a command line for a program that takes over the terminal."""
        return [*self.compose_command_property, *words]

    def _run(self, words: list[str]) -> str:
        return self._call(self.command(*words), words[0])

    def _call(self, command: list[str], verb: str) -> str:
        try:
            done = process.run(command, what=f"compose {verb}", env=self.environment)
        except ToolError as error:
            # What is of a checkout that is gone has none.
            file = next(iter(self.compose_file_name or []), "the compose file")
            raise StackError(*_explain(error, verb, file)) from error
        return done.stdout

    def _run_command(
        self, cmd: str | list[str], context: str | None = None
    ) -> CompletedProcess[bytes]:
        words = [cmd] if isinstance(cmd, str) else cmd
        where = Path(context) if context else Path(str(self.context))
        done = process.run(words, what="docker compose", env=self.environment, cwd=where)
        return CompletedProcess(words, done.status, done.stdout.encode(), done.stderr.encode())


def _explain(error: ToolError, verb: str, file: str) -> tuple[str, str]:
    """Turn compose's own words into what is wrong and what to do."""
    text = error.output
    missing = _REQUIRED.search(text)
    if missing:
        return _missing(file, *missing.groups())
    if "bind source path does not exist" in text or "no such file or directory" in text:
        return error.message, "restore it, for example with `git checkout`"
    if "no space left on device" in text:
        return f"the disk is full: {error.message}", "free some, for example `docker system prune`"
    if "Cannot connect to the Docker daemon" in text:
        return f"the engine stopped answering: {error.message}", "see `harness doctor`"
    return _of_the_file(error, verb, file)


def _of_the_file(error: ToolError, verb: str, file: str) -> tuple[str, str]:
    if "yaml:" in error.output or "validating" in error.output:
        return f"{file}: {error.message}", "mend that file"
    if verb == "config":  # it asks no engine, and reads nothing else
        return f"{file}: {error.message}", "mend that file, or one that it names"
    return error.message, "see `harness doctor`"


def _missing(file: str, name: str, why: str | None) -> tuple[str, str]:
    reason = f" ({why.strip()})" if why and why.strip() else ""
    message = (
        f"{file} requires {name}{reason}, and neither {envfile.FILE_NAME} nor the shell sets it"
    )
    return message, f"add the line `{name}=VALUE` to {envfile.FILE_NAME}"
