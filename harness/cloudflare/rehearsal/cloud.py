"""The account and what serves it: every change of what is live goes to the edge from here."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.edge import Checking, ContainerApp, Edge, StartupFailedError
from harness.cloudflare.rehearsal.state import Application, State, UploadedVersion, Worker

__all__ = ["Cloud", "Login"]


@dataclass(frozen=True)
class Login:
    """Where images are pushed to, and with which credentials."""

    host: str
    username: str
    password: str = field(repr=False)


@dataclass
class Cloud:
    """What the handlers work on."""

    state: State
    edge: Edge
    registry: Login | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def check(self, version: UploadedVersion) -> None:
        """Start a version aside, where the edge can.

        Raises:
            RefusedError: It does not start.
        """
        if isinstance(self.edge, Checking):
            try:
                await self.edge.check(version)
            except StartupFailedError as error:
                raise refusals.STARTUP_FAILED.because(error) from error

    async def show(self, worker: Worker) -> None:
        """Let the edge serve what is live now."""
        await self.edge.apply(worker.name, worker.live(), self._container(worker))

    async def show_application(self, application: Application) -> None:
        """Let the edge serve the Worker whose objects start an application's instances."""
        for worker in self.state.workers.values():
            if application.namespace in worker.namespaces.values():
                await self.show(worker)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on in the background until it, or the rehearsal, ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End what goes on in the background, and the edge."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.edge.stop()

    def _container(self, worker: Worker) -> ContainerApp | None:
        for class_name, namespace in worker.namespaces.items():
            for application in self.state.applications.values():
                if application.namespace == namespace:
                    return self._instance(application, class_name)
        return None

    def _instance(self, application: Application, class_name: str) -> ContainerApp:
        return ContainerApp(
            name=application.name,
            image=application.serving,
            class_name=class_name,
            instance_type=str(application.body["configuration"].get("instance_type", "")),
            starts_in=self.state.switches.starts_in,
        )
