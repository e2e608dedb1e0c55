"""A stack that is there: where it answers, and what can be asked of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from docker.models.containers import Container

from harness import envfile, names, process
from harness.discovery import files_of
from harness.docker.compose import ComposeProject
from harness.docker.elsewhere import forwarded
from harness.docker.interpolation import for_compose
from harness.docker.override import GATEWAY_PORT, HEALTH_PORT, INSPECTOR_PORT
from harness.engine.model import Engine
from harness.errors import StackError
from harness.ports import PortPair
from harness.process import Completed
from harness.project import Project

__all__ = ["Stack", "compose_of", "container_of", "override_of"]

_SERVICE_LABEL = "com.docker.compose.service"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One checkout's environment on one engine.

    Attributes:
        project: The checkout.
        engine: The engine that it runs on.
        compose: Its compose project.
        ports: Where it answers on 127.0.0.1.
    """

    project: Project
    engine: Engine
    compose: ComposeProject
    ports: PortPair

    @classmethod
    def find(cls, project: Project, engine: Engine) -> "Stack | None":
        """Return the checkout's running stack, if there is one."""
        running = [it for it in _containers(project, engine) if it.status == "running"]
        published = _ports(running[0]) if running else None
        if published is None:
            return None
        return cls(
            project=project,
            engine=engine,
            compose=compose_of(project, engine),
            ports=published,
        )

    @property
    def container(self) -> Container:
        """The service's container, as it is now.

        Raises:
            StackError: There is none.
        """
        container = container_of(self.project, self.engine)
        if container is None:
            raise StackError("the stack's container is gone", "start it again with `make dev`")
        return container

    @property
    def fingerprint(self) -> str:
        """What the running container was made from."""
        return str(self.container.labels.get(names.FINGERPRINT, ""))

    @property
    def health_url(self) -> str:
        """Where port 3000 of the container answers."""
        return f"http://127.0.0.1:{self.ports.health}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def inspector(self) -> int | None:
        """The port of 127.0.0.1 for a debugger, if the stack was started with one."""
        return _port(self.container, INSPECTOR_PORT)

    @property
    def token(self) -> str:
        """The gateway's token; printed only when somebody asks for it."""
        return envfile.read(self.project.root).get(envfile.TOKEN, "")

    def health(self) -> dict[str, Any] | None:
        """Return what port 3000 says of itself, or None when it does not answer JSON."""
        # Asked this way, no proxy that the shell names is, and nothing has to be loaded for it.
        connection = HTTPConnection("127.0.0.1", self.ports.health, timeout=2)
        try:
            connection.request("GET", "/health")
            answer = connection.getresponse()
            body = json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            connection.close()
        ok = answer.status == HTTPStatus.OK
        return {**body, "ok": ok} if isinstance(body, dict) else None

    def health_inside(self) -> dict[str, Any] | None:
        """Do as `health` does, through the engine, where the port leads nowhere just now."""
        url = f"http://127.0.0.1:{HEALTH_PORT}/health"
        words = ["curl", "--silent", "--max-time", "2", "--write-out", "\n%{http_code}", url]
        text, _, code = self.exec(words).stdout.rpartition("\n")
        try:
            body = json.loads(text)
        except ValueError:
            return None
        return {**body, "ok": code == str(HTTPStatus.OK.value)} if isinstance(body, dict) else None

    def is_healthy(self) -> bool:
        """Whether the gateway serves, as port 3000 sees it."""
        return bool((self.health() or {}).get("ok"))

    def model(self) -> dict[str, Any]:
        """Return the compose model, resolved with every override that is in use."""
        return self.compose.model()

    def exec(self, command: Sequence[str], *, user: str | None = None) -> Completed:
        """Run a command in the container, without a terminal; the status is the caller's."""
        options = ["--user", user] if user else []
        words = [str(self.engine.program), "exec", *options, str(self.container.id), *command]
        return process.run(words, what="docker exec", env=self.engine.variables, check=False)

    def logs(self, *, tail: int | None = None) -> str:
        """Return what the container has printed so far."""
        raw = self.container.logs(tail="all" if tail is None else tail)
        return str(raw.decode(errors="replace"))


def compose_of(
    project: Project, engine: Engine, more: Sequence[Path] = (), *, overridden: bool = True
) -> ComposeProject:
    """Return the checkout's compose project, with the override if one was written.

    Args:
        project: The checkout.
        engine: The engine to run on.
        more: Compose files over all others, in order.
        overridden: Whether the override counts; it is of the stack that was started last.
    """
    override = override_of(project)
    file = project.config.compose.file
    files = [project.root / it for it in files_of(project.root, file)]
    files += [override] if overridden and override.exists() else []
    files += more
    return ComposeProject(
        # Paths in the file are relative to it, as they are for whoever calls compose.
        context=(project.root / file).parent,
        compose_file_name=[str(path) for path in files],
        engine=engine,
        project_name=project.slug,
        variables=for_compose(project.root),
    )


def container_of(project: Project, engine: Engine) -> Container | None:
    """Return the container of the checkout's service, whether it runs or has ended."""
    return next(iter(_containers(project, engine)), None)


def override_of(project: Project) -> Path:
    """Return where the checkout's compose override is kept."""
    return project.state_dir / "compose.override.yml"


def _containers(project: Project, engine: Engine) -> list[Container]:
    labels = [
        f"{names.COMPOSE_PROJECT}={project.slug}",
        f"{_SERVICE_LABEL}={project.config.compose.service}",
    ]
    containers = engine.client.containers
    return list(containers.list(all=True, filters={"label": labels}, ignore_removed=True))


def _ports(container: Container) -> PortPair | None:
    health, gateway = (_port(container, port) for port in (HEALTH_PORT, GATEWAY_PORT))
    return PortPair(health, gateway) if health and gateway else None


def _port(container: Container, port: int) -> int | None:
    """Return where a port of the container answers on 127.0.0.1."""
    led = {there: here for here, there in forwarded(container.labels).items()}
    if port in led:
        return led[port]
    bindings = (container.attrs["NetworkSettings"]["Ports"] or {}).get(f"{port}/tcp")
    return int(bindings[0]["HostPort"]) if bindings else None
