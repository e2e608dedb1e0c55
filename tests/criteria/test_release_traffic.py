"""Whoever asks a deployment all the time goes on, whatever it answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from harness.criteria.facts.release_traffic import traffic
from harness.fixtures.http_server import Quiet, http_server
from harness.poll import until


@contextmanager
def deployment(said: object, status: int = 200) -> Iterator[str]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http_server(Handler) as address:
        yield f"http://{address}"


@pytest.mark.parametrize("said", [None, [], "text", {}])
def test_an_answer_of_another_shape_is_a_request_that_failed(said: object) -> None:
    with deployment(said) as url, traffic(url) as seen:
        until(lambda: seen.failed > 1, seconds=10, what="two answers")
    assert seen.answers == []


def test_what_a_deployment_says_of_itself_is_kept() -> None:
    with deployment({"version": "v", "revision": "r"}) as url, traffic(url) as seen:
        until(lambda: len(seen.answers) > 1, seconds=10, what="two answers")
    assert seen.failed == 0
    assert seen.others("v", "r") == (0, 0.0)
    assert seen.others("v", "other")[0] == len(seen.answers)
