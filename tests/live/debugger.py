"""A debugger: a client of Node's inspector, which speaks the Chrome DevTools Protocol."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

__all__ = ["Debugger", "attached_to", "source_of"]

Message = dict[str, Any]
_PATIENCE = 120.0


class Debugger:
    """A debugger that is attached; `attached_to` makes one."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self._events: list[Message] = []

    def call(self, method: str, **parameters: object) -> Message:
        """Call a method and return its result."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := self._receive()).get("id") != self._asked:
            self._events.append(answer)
        result: Message = answer["result"]
        return result

    def wait(self, method: str) -> Message:
        """Wait for an event and return what it tells."""
        while not (found := self.seen(method)):
            self._events.append(self._receive())
        return found[0]

    def seen(self, method: str) -> list[Message]:
        """Return what the events of that name have told so far."""
        return [it["params"] for it in self._events if it.get("method") == method]

    def _receive(self) -> Message:
        message: Message = json.loads(self._socket.recv(timeout=_PATIENCE))
        return message


@contextmanager
def attached_to(port: int) -> Iterator[Debugger]:
    """Attach to whichever process answers on a port of 127.0.0.1."""
    [target] = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=_PATIENCE).json()
    with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
        yield Debugger(socket)


def source_of(script: Message) -> str:
    """Return the source that a script's own map holds."""
    encoded = script["sourceMapURL"].partition("base64,")[2]
    [text] = json.loads(base64.b64decode(encoded))["sourcesContent"]
    return str(text)
