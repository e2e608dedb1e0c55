"""Port 3000 of a development container, played by a small server on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

__all__ = ["PlayedReloader", "played"]

_CUT = object()
_PING = 5.0


class PlayedReloader:
    """Tells what a test has it tell, and keeps what it is told.

    Attributes:
        health: What /health answers, and the state that events begin with.
        serves: Whether /health answers that the gateway serves.
        tells_events: Whether there is /events; there is none where entr reloads.
        stranger: Status and body that a server of somebody else answers there.
        sees_sentinels: Whether it says that it has seen a sentinel.
        orders: The orders that came: path and body.
        sentinels: Their names.
        looks: How often /health was asked.
    """

    def __init__(self) -> None:
        self.health: dict[str, Any] = {
            "status": "healthy",
            "reloader": "handover",
            "generation": 1,
            "cause": None,
            "error": None,
        }
        self.serves = True
        self.tells_events = True
        self.stranger: tuple[int, str] = (404, json.dumps({"error": "not here"}))
        self.sees_sentinels = True
        self.orders: list[tuple[str, Any]] = []
        self.sentinels: list[str] = []
        self.looks = 0
        self._followers: list[Queue[Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def followers(self) -> int:
        """How many follow its events."""
        return len(self._followers)

    def tell(self, event: str, **about: object) -> None:
        """Tell an event to everybody who follows."""
        for follower in list(self._followers):
            follower.put({"event": event, "at": "2026-01-01T00:00:00+00:00", **about})

    def live(self, generation: int = 2, cause: str = "scheduler.ts", **about: object) -> None:
        """Tell that a save serves."""
        times = {"noticedMs": 30, "loadedMs": 550, "servedMs": 620, "cold": False}
        files = [f"deploy/loa-identity/{cause}"] if cause.endswith(".ts") else []
        load = {"generation": generation, "cause": cause, "files": files}
        self.tell("live", **{**load, **times, **about})

    def cut(self) -> None:
        """End every connection for events."""
        for follower in list(self._followers):
            follower.put(_CUT)

    def stop(self) -> None:
        """Listen no more."""
        self.cut()
        self._server.shutdown()
        self._server.server_close()

    def follow(self) -> Iterator[bytes]:
        """Yield each event as a line, for one connection."""
        queue: Queue[Any] = Queue()
        queue.put({"event": "state", "at": "2026-01-01T00:00:00+00:00", **self.health})
        self._followers.append(queue)
        try:
            while True:
                try:
                    event = queue.get(timeout=_PING)
                except Empty:
                    event = {"event": "ping"}
                if event is _CUT:
                    return
                yield json.dumps(event).encode() + b"\n"
        finally:
            self._followers.remove(queue)


@contextmanager
def played() -> Iterator[PlayedReloader]:
    """Have one listen on a free port."""
    reloader = PlayedReloader()
    try:
        yield reloader
    finally:
        reloader.stop()


def _handler(reloader: PlayedReloader) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"reloader": reloader})


class _Handler(BaseHTTPRequestHandler):
    reloader: PlayedReloader

    def do_GET(self) -> None:
        reloader, name = self.reloader, self.path.removeprefix("/sentinel/")
        if self.path == "/health":
            reloader.looks += 1
            self._answer(200 if reloader.serves else 503, reloader.health)
        elif self.path == "/events" and reloader.tells_events:
            self._events()
        elif name != self.path and reloader.tells_events:
            reloader.sentinels.append(name)
            self._answer(200, {"seen": reloader.sees_sentinels})
        else:
            self._send(*reloader.stranger)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "X-Loa-Reloader" not in self.headers:
            self._answer(403, {"error": "without the header"})
            return
        self.reloader.orders.append((self.path, json.loads(body) if body else None))
        self._answer(202, {})

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        try:
            for line in self.reloader.follow():
                self.wfile.write(line)
        except OSError:
            return  # whoever followed has left

    def _answer(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body))

    def _send(self, status: int, text: str) -> None:
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass
