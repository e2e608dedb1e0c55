"""A container of the development image that one of the start scripts was started in."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import docker.errors
import httpx
from docker.models.containers import Container
from docker.types import Mount

from harness import names
from harness.criteria.facts.one_off import exec_in, wait_for_end
from harness.engine.model import Engine
from harness.owner import Owner
from harness.poll import PollTimeoutError, until
from harness.process import Completed
from harness.project import Project

__all__ = [
    "DEVELOPMENT",
    "ENTR",
    "MARKER",
    "PRODUCTION",
    "TOKEN",
    "Options",
    "Reload",
    "Running",
    "running",
]

DEVELOPMENT, PRODUCTION = "/opt/loa/start-loa-dev.sh", "/opt/loa/start-loa.sh"
TOKEN = "token-that-nobody-may-see"
MARKER = "marker.ts"
"""A file of the layer; what it exports is what /loa/marker answers."""

_PATIENCE = 120.0
_RELOAD = re.compile(r"^(\S+) reload generation=(\d+) cause=(.+)$", re.MULTILINE)
_MOUNTS = {".claude": True, "grimoires": False, "deploy/loa-identity": False}
_HEALTH, _GATEWAY = 3000, 18789


@dataclass(frozen=True)
class Reload:
    """One line of the log that says that the gateway is started again."""

    at: datetime
    generation: int
    cause: str


@dataclass(frozen=True)
class Running:
    """The container.

    Attributes:
        container: It, as the engine knows it.
        layer: The layer's directory on the host.
    """

    container: Container
    layer: Path

    def health(self) -> dict[str, Any]:
        """Return what port 3000 says, or nothing while it is silent."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port(_HEALTH)}/health", timeout=2)
        except httpx.HTTPError:
            return {}
        return {**answer.json(), "code": answer.status_code}

    def get(self, path: str) -> httpx.Response | None:
        """Return the gateway's answer, or None while it is silent."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port(_GATEWAY)}{path}", timeout=2)
        except httpx.HTTPError:
            return None

    def marker(self) -> str | None:
        """Return what the loaded layer exports as its marker."""
        answer = self.get("/loa/marker")
        return answer.text if answer and answer.is_success else None

    def wait(self, status: str = "healthy", *, generation: int = 0) -> dict[str, Any]:
        """Wait for a status of that generation or a later one, and return the whole answer."""
        seen: dict[str, Any] = {}

        def look() -> bool:
            seen.clear()
            seen.update(self.health())
            return seen.get("status") == status and seen["generation"] >= generation

        with self.explained():
            until(look, seconds=_PATIENCE, what=f"{status} in {self.container.name}")
        return seen

    @contextmanager
    def explained(self) -> Iterator[None]:
        """If something does not come about in the block, say what the container had to say."""
        try:
            yield
        except PollTimeoutError as error:
            error.add_note(f"{self.health()}\n{self.log()[-6000:]}")
            raise

    def port(self, port: int) -> int:
        """Return where a port of the container is published on 127.0.0.1."""
        published = self.container.attrs["NetworkSettings"]["Ports"][f"{port}/tcp"]
        return int(published[0]["HostPort"])

    def exec(self, *command: str) -> Completed:
        """Run a command in it."""
        return exec_in(self.container, *command)

    def log(self) -> str:
        """Return what it printed."""
        return str(self.container.logs().decode(errors="replace"))

    def reloads(self) -> list[Reload]:
        """Return the restarts that its log tells of, in order."""
        return [
            Reload(datetime.fromisoformat(at), int(generation), cause)
            for at, generation, cause in _RELOAD.findall(self.log())
        ]

    def terminate(self) -> tuple[int, float]:
        """Send SIGTERM; return the exit status and the seconds until the end."""
        self.container.kill(signal="SIGTERM")
        sent = datetime.now().astimezone()
        state = wait_for_end(self.container, seconds=120)
        ended = datetime.fromisoformat(state["FinishedAt"])
        return int(state["ExitCode"]), (ended - sent).total_seconds()

    def end(self) -> int:
        """Wait until it ended by itself; return its status."""
        return int(wait_for_end(self.container, seconds=_PATIENCE)["ExitCode"])


@dataclass(frozen=True)
class Options:
    """What may differ from container to container.

    Attributes:
        variables: Environment variables on top of the gateway's token.
        binds: Files to put in the place of the image's own, by their target.
        memory: The limit, swap included.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    binds: Mapping[str, Path] = field(default_factory=dict)
    memory: str = "4g"


ENTR = Options(variables={"LOA_RELOADER": "entr"})
"""Reload by starting the gateway again."""


@contextmanager
def running(
    engine: Engine, image: str, project: Project, command: Sequence[str], options: Options
) -> Iterator[Running]:
    """Run a start script in a container like the compose file's; remove it afterwards.

    Args:
        engine: The engine to run on.
        image: The development image.
        project: A working copy; its three directories are mounted.
        command: The script, and what may stand before it.
        options: What else may differ.
    """
    mounts = [
        Mount(f"/workspace/{name}", str(project.root / name), type="bind", read_only=read_only)
        for name, read_only in _MOUNTS.items()
    ]
    for target, source in options.binds.items():
        mounts.append(Mount(target, str(source), type="bind", read_only=True))
    uid, gid = project.owner
    container = engine.client.containers.create(
        image,
        list(command),
        name=f"start-{uuid.uuid4().hex[:8]}",
        user="0:0" if engine.rootless else f"{uid}:{gid}",
        environment={"CLAWDBOT_GATEWAY_TOKEN": TOKEN, **options.variables},
        labels={names.KIND: "acceptance", names.OWNER: str(Owner.me())},
        # 0: any free one.
        ports={f"{port}/tcp": ("127.0.0.1", 0) for port in (_HEALTH, _GATEWAY)},
        mounts=mounts,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        healthcheck={"test": ["NONE"]},
        mem_limit=options.memory,
        memswap_limit=options.memory,
    )
    try:
        container.start()
        container.reload()
        yield Running(container, project.root / "deploy/loa-identity")
    finally:
        with suppress(docker.errors.NotFound):
            container.remove(force=True, v=True)
