"""Something that answers like a Docker engine on a socket, and something that does not.

Whatever is ordered of it, a pull for example, it begins to tell of, and ends.
"""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

VERSION = {"Version": "99.1", "ApiVersion": "1.45", "MinAPIVersion": "1.24"}
DIGEST = f"sha256:{'d' * 64}"


class _Answers(BaseHTTPRequestHandler):
    info: dict[str, object]

    def do_GET(self) -> None:
        text = json.dumps(self._said()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        line = b'{"status": "begun"}\r\n'
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.close_connection = True

    def _said(self) -> dict[str, object]:
        if "/distribution/" in self.path:
            return {"Descriptor": {"digest": DIGEST}}
        return self.info if self.path.endswith("/info") else {**VERSION}

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        pass


class _Refuses(_Answers):
    def do_GET(self) -> None:
        self.send_error(400)


class _Hangs(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        # Until the other side gives up.
        while self.request.recv(1024):
            pass


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def engine(path: Path, *, version: str = "99.1", rootless: bool = False) -> Iterator[str]:
    """Answer on a socket as an engine of that version; yield its address."""
    info = {
        "ServerVersion": version,
        "SecurityOptions": ["name=seccomp", *(["name=rootless"] if rootless else [])],
        "DockerRootDir": str(path.parent),
        "MemTotal": 8 * 2**30,
    }
    with _served(path, type("Handler", (_Answers,), {"info": info})) as host:
        yield host


@contextmanager
def hanging(path: Path) -> Iterator[str]:
    """Accept connections on a socket, and say nothing."""
    with _served(path, _Hangs) as host:
        yield host


@contextmanager
def refusing(path: Path) -> Iterator[str]:
    """Answer on a socket, but not as an engine."""
    with _served(path, _Refuses) as host:
        yield host


@contextmanager
def _served(path: Path, handler: type[socketserver.BaseRequestHandler]) -> Iterator[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _Server(str(path), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()
