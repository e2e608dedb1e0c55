"""A stack's answers, as they came: what is kept of a failure beside what a check made of them."""

import time
from typing import Any

import httpx

from harness.docker.stack import Stack

__all__ = ["exchange"]

_PATIENCE = 5.0
_LONGEST = 4000


def exchange(stack: Stack) -> list[dict[str, Any]]:
    """Ask both ports once more, and return each request with its whole answer.

    No credential is sent: what a stranger sees is enough to tell what is wrong.
    """
    urls = [f"{stack.health_url}/health", f"{stack.gateway_url}{stack.project.config.probe.url}"]
    with httpx.Client(timeout=_PATIENCE, trust_env=False) as client:
        return [_ask(client, url) for url in urls]


def _ask(client: httpx.Client, url: str) -> dict[str, Any]:
    request = client.build_request("GET", url)
    told: dict[str, Any] = {"request": f"GET {url}", "sent": dict(request.headers)}
    started = time.monotonic()
    try:
        answer = client.send(request)
    except httpx.HTTPError as error:
        told |= {"error": f"{type(error).__name__}: {error}"}
    else:
        status = f"{answer.http_version} {answer.status_code} {answer.reason_phrase}"
        told |= {"status": status, "got": dict(answer.headers), "body": answer.text[:_LONGEST]}
    return told | {"seconds": round(time.monotonic() - started, 3)}
