"""The gateway's own protocol: requests and answers over a WebSocket."""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from harness import envfile
from harness.criteria.faults import UnobservableError
from harness.project import Project

__all__ = ["Gateway", "GatewayError", "open_gateway"]

_PATIENCE = 10.0
# What any client says of itself; the gateway takes the highest protocol that both know.
_CLIENT = {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"}
_RIGHTS = {"role": "operator", "scopes": ["operator.admin"]}


class GatewayError(UnobservableError):
    """The gateway did not open a WebSocket, or refused a request."""


class Gateway:
    """A connection to the gateway."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def ask(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the gateway's answer to a request.

        Raises:
            GatewayError: It refused, or did not answer within 10 s.
        """
        request = {"type": "req", "id": uuid.uuid4().hex, "method": method, "params": parameters}
        try:
            self._connection.send(json.dumps(request))
            answer = self._answer_to(request["id"])
        except (OSError, TimeoutError, WebSocketException) as error:
            raise GatewayError(f"{method}: {error}") from error
        if not answer.get("ok"):
            raise GatewayError(f"{method}: {answer.get('error')}")
        payload: dict[str, Any] = answer.get("payload") or {}
        return payload

    def _answer_to(self, request: object) -> dict[str, Any]:
        while True:
            message = json.loads(self._connection.recv(timeout=_PATIENCE))
            if message.get("id") == request:
                found: dict[str, Any] = message
                return found


@contextmanager
def open_gateway(project: Project, port: int) -> Iterator[Gateway]:
    """Connect to a checkout's gateway with its token.

    Raises:
        GatewayError: It speaks no WebSocket, or does not greet who has the token.
    """
    token = envfile.read(project.root).get(envfile.TOKEN, "")
    try:
        with connect(f"ws://127.0.0.1:{port}", open_timeout=_PATIENCE, proxy=None) as connection:
            gateway = Gateway(connection)
            introduction = {"minProtocol": 1, "maxProtocol": 99, "client": _CLIENT, **_RIGHTS}
            gateway.ask("connect", {**introduction, "auth": {"token": token}})
            yield gateway
    except (OSError, TimeoutError, WebSocketException) as error:
        raise GatewayError(f"no WebSocket: {error}") from error
