"""A container whose reloader hands over, with its events, and what is done to its layer."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.start.container import DEVELOPMENT, MARKER, TOKEN, Options, Reload, Running, running
from tests.start.events import Event, Events, following

__all__ = ["HEADER", "LAYER", "Dev", "developing", "websocket"]

LAYER = "deploy/loa-identity"
HEADER = {"X-Loa-Reloader": "1"}

_HEALTH, _GATEWAY = 3000, 18789


@dataclass
class Dev:
    """The container, its events, and how many reloads its log told of before the test.

    Attributes:
        run: The container.
        events: What came since the test began.
        before: The number of reloads until then.
    """

    run: Running
    events: Events
    before: int = 0

    @property
    def layer(self) -> Path:
        """The layer's directory on the host."""
        return self.run.layer

    @property
    def reloads(self) -> list[Reload]:
        """The reloads that the log tells of since the test began."""
        return self.run.reloads()[self.before :]

    def begin(self) -> None:
        """Wait until all is quiet and the next gateway is warm; count from here."""
        self.run.wait()
        until(self.is_warm, seconds=120, what="the next gateway is warm")
        self.before = len(self.run.reloads())
        self.events.forget()

    def is_warm(self) -> bool:
        """Whether the next gateway waits."""
        return bool(self.run.health().get("standby", {}).get("state") == "warm")

    def mark(self, text: str) -> None:
        """Save a marker, which is what the layer answers once that is live."""
        (self.layer / MARKER).write_text(f'export const marker = "{text}";\n', encoding="utf-8")

    def live(self) -> Event:
        """Wait until a save is live, and until the next one can be."""
        event = self.events.wait("live")
        until(self.is_warm, seconds=120, what="the next gateway is warm")
        return event

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Give the reloader an order."""
        url = f"http://127.0.0.1:{self.run.port(_HEALTH)}{path}"
        return httpx.post(url, headers=HEADER, json=body, timeout=5)

    def serves(self, text: str) -> None:
        """Wait until that is the marker that is answered."""
        with self.run.explained():
            until(lambda: self.run.marker() == text, seconds=120, what=f"{text} is live")

    def get(self, path: str) -> dict[str, Any]:
        """Ask the reloader."""
        url = f"http://127.0.0.1:{self.run.port(_HEALTH)}{path}"
        answer: dict[str, Any] = httpx.get(url, timeout=5).json()
        return answer

    def memory(self, pid: int) -> int:
        """Return how expendable a process is to the kernel, from -1000 to 1000."""
        return int(self.run.exec("cat", f"/proc/{pid}/oom_score_adj").stdout)

    def is_gone(self, pid: int) -> bool:
        """Whether that process has ended."""
        return not self.run.exec("test", "-d", f"/proc/{pid}").ok

    def broken_lines(self) -> list[str]:
        """Return what the log says of broken saves."""
        return re.findall(r"^\S+ broken generation=\d+: (.+)$", self.run.log(), re.MULTILINE)


@contextmanager
def websocket(run: Running) -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
    """Connect as a client that holds the token; give what the gateway tells of itself too."""
    about = {"id": "test", "version": "1", "platform": "linux", "mode": "test"}
    params = {"minProtocol": 3, "maxProtocol": 3, "client": about, "auth": {"token": TOKEN}}
    frame = {"type": "req", "id": "1", "method": "connect", "params": params}
    with connect(f"ws://127.0.0.1:{run.port(_GATEWAY)}") as socket:
        socket.send(json.dumps(frame))
        answers = (json.loads(message) for message in socket)
        answer = next(it for it in answers if it.get("id") == "1")
        assert answer["ok"], answer
        yield socket, answer["payload"]


@contextmanager
def developing(engine: Engine, image: str, project: Project, **variables: str) -> Iterator[Dev]:
    """Run the development container on a copy, follow its events, and wait for port 3000."""
    options = Options(variables=variables)
    with running(engine, image, project, [DEVELOPMENT], options) as run:
        until(run.health, seconds=120, what="port 3000 answers")
        with following(run.port(_HEALTH)) as events:
            yield Dev(run, events)
