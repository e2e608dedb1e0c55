"""Serve an application on a free port of 127.0.0.1, in this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from harness.poll import until

__all__ = ["serving"]

_TIME_TO_START = 10.0


@contextmanager
def serving(application: ASGIApp) -> Iterator[str]:
    """Serve it from a thread of its own, and hand over the URL, without a slash at its end."""
    settings = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            until(lambda: server.started, seconds=_TIME_TO_START, what="a server on loopback")
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
