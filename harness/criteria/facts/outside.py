"""Requests that would leave this machine: programs are led to a proxy that lets none through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

from harness.fixtures.http_server import Quiet, http_server

__all__ = ["Outside", "outside"]


@dataclass
class Outside:
    """What is outside.

    Attributes:
        environment: The variables that lead programs to the proxy; loopback needs none.
        asked: The hosts that were asked so far.
    """

    environment: Mapping[str, str]
    asked: list[str] = field(default_factory=list)


@contextmanager
def outside() -> Iterator[Outside]:
    """Refuse what is asked of other machines while the block runs, and keep whom it was asked."""
    asked: list[str] = []
    with http_server(type("Refusing", (_Refusing,), {"asked": asked})) as host:
        names = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://{host}")
        names |= {"NO_PROXY": "127.0.0.1,localhost,::1"}
        yield Outside({**names, **{name.lower(): it for name, it in names.items()}}, asked)


class _Refusing(Quiet, BaseHTTPRequestHandler):
    asked: ClassVar[list[str]]

    def _refuse(self) -> None:
        host = urlsplit(self.path if "//" in self.path else f"//{self.path}").hostname
        self.asked.append(host or self.path)
        self.send_error(HTTPStatus.BAD_GATEWAY)

    do_CONNECT = do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = _refuse  # noqa: N815 -- as http.server wants it
