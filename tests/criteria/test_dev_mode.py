"""Whether a gateway serves is not told by a port that is open for good."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast

import pytest
from docker.models.containers import Container

from harness.criteria.facts import dev_mode, serving
from harness.criteria.judge import compose
from harness.fixtures.http_server import Quiet, http_server
from tests.criteria.here import Here


class Door(Quiet, BaseHTTPRequestHandler):
    """Takes each connection, and says that nobody serves."""

    def do_GET(self) -> None:
        self.send_error(503)


class Gateway(Quiet, BaseHTTPRequestHandler):
    """Answers, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.mark.parametrize(("handler", "serves"), [(Door, False), (Gateway, True)])
def test_what_only_takes_connections_does_not_serve(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    handler: type[BaseHTTPRequestHandler],
    serves: bool,  # noqa: FBT001 -- one table
) -> None:
    monkeypatch.setattr(dev_mode, "_PATIENCE", 5.0 if serves else 0.1)
    with http_server(handler) as address:
        monkeypatch.setattr(serving, "GATEWAY_PORT", int(address.rpartition(":")[2]))
        assert dev_mode.watch(cast("Container", Here()), tmp_path) == (False, serves)


def test_a_start_that_was_not_tried_is_named_by_its_setting() -> None:
    reason = compose.dev_mode(dev_mode.DevModeFacts(mounted=True, starts=())).reason
    assert "start-loa.sh with BEAUVOIR_DEV_MODE 1: not tried" in reason
    assert "start-loa-dev.sh with BEAUVOIR_DEV_MODE unset: not tried" in reason
