"""A container of the stack's service that runs something else, for what must not disturb it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, cast

import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from harness import names
from harness.docker.stack import Stack
from harness.poll import until
from harness.process import Completed

__all__ = ["exec_in", "one_off", "started", "wait_for_end"]

_NO_STATUS = -1


@contextmanager
def one_off(
    stack: Stack,
    command: Sequence[str],
    *,
    binds: Mapping[str, str] | None = None,
    network: bool = True,
) -> Iterator[Container]:
    """Start a container like the service's: image, user, variables, limits, rights and mounts.

    Its state is its own: each named volume is replaced by an empty one that goes with it. No port
    is published.

    Args:
        stack: The stack that is copied.
        command: What to run, under the image's entrypoint.
        binds: Directories of the host by their target in the container; they take the place of
            the stack's own mounts there, or come on top of them.
        network: Whether it has a network.
    """
    container = stack.engine.client.containers.create(
        **_settings(stack.container.attrs),
        command=list(command),
        name=f"{stack.project.slug}-one-off-{uuid.uuid4().hex[:8]}",
        labels=names.of_run(),
        mounts=_mounts(stack.container.attrs["Mounts"], binds or {}),
        network_mode="bridge" if network else "none",
    )
    with started(container):
        yield container


@contextmanager
def started(container: Container) -> Iterator[None]:
    """Start a container, and remove it afterwards with the volumes that came with it."""
    try:
        container.start()
        yield
    finally:
        with suppress(docker.errors.NotFound):
            container.remove(force=True, v=True)


def exec_in(container: Container, *command: str) -> Completed:
    """Run a command in a container; the status is the caller's, and -1 where it has none.

    A container that has ended runs nothing, and one that ends takes along what it runs.
    """
    try:
        done = container.exec_run(list(command), demux=True)
    except docker.errors.APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise
        return Completed(_NO_STATUS, "", error.explanation or "")
    parts = cast("tuple[bytes | None, bytes | None]", done.output)
    stdout, stderr = ((part or b"").decode(errors="replace") for part in parts)
    status = _NO_STATUS if done.exit_code is None else int(done.exit_code)
    return Completed(status, stdout, stderr)


def wait_for_end(container: Container, *, seconds: float) -> dict[str, Any]:
    """Wait until a container ended and return its state.

    Raises:
        PollTimeoutError: It still runs at the deadline.
    """

    def ended() -> dict[str, Any] | None:
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        return state if state["Status"] == "exited" else None

    return until(ended, seconds=seconds, what=f"{container.name} ends")


def _settings(attributes: Mapping[str, Any]) -> dict[str, Any]:
    config, host = attributes["Config"], attributes["HostConfig"]
    return {
        "image": attributes["Image"],
        "user": config["User"],
        "entrypoint": config["Entrypoint"],
        "environment": config["Env"],
        "working_dir": config["WorkingDir"],
        "mem_limit": host["Memory"] or None,
        "memswap_limit": host["MemorySwap"] or None,
        "cap_add": host["CapAdd"],
        "cap_drop": host["CapDrop"],
        "security_opt": host["SecurityOpt"],
        "healthcheck": {"test": ["NONE"]},
    }


def _mounts(found: Sequence[Mapping[str, Any]], binds: Mapping[str, str]) -> list[Mount]:
    kept = [_mount(it) for it in found if it["Destination"] not in binds]
    return [*kept, *(Mount(target, source, type="bind") for target, source in binds.items())]


def _mount(found: Mapping[str, Any]) -> Mount:
    target, is_bind = found["Destination"], found["Type"] == "bind"
    if is_bind:
        return Mount(target, found["Source"], type="bind", read_only=not found["RW"])
    return Mount(target, None, type="volume")
