"""The published ports: what answers on them, and from where."""

import socket
from collections.abc import Iterator

import httpx
import psutil

from harness.criteria.facts.gateway import GatewayError, open_gateway
from harness.criteria.facts.model import Facts
from harness.docker.stack import Stack, compose_of
from harness.engine.model import Engine
from harness.project import Project

__all__ = ["GATEWAY_PORT", "HEALTH_PORT", "Answer", "PortFacts", "declared", "observe"]

HEALTH_PORT, GATEWAY_PORT = 3000, 18789
"""The container's ports, as the PRD has them."""

_PATIENCE = 10.0
_LOOPBACK = ("127.", "::1")


class Answer(Facts):
    """What an HTTP request got.

    Attributes:
        status: The status; None where nothing spoke HTTP.
        keys: The names at the top of a JSON object; None where the body is no JSON object.
    """

    status: int | None
    keys: tuple[str, ...] | None = None


class PortFacts(Facts):
    """Both ports as the host sees them.

    Attributes:
        health: The answer of port 3000 to GET /health.
        gateway: The answer of port 18789 to a plain request.
        websocket: Whether port 18789 made a WebSocket of a connection and greeted who came with
            the token, in the gateway's own protocol.
        declared: The addresses of the host that the checkout's own compose files publish each port
            of the container on; "" is all of them.
        bindings: Those that it is published on in the stack, whose ports the harness chooses.
        tried: How many addresses of the host other than loopback were tried.
        reached_elsewhere: The ports of the container that answered on one of those.
    """

    health: Answer
    gateway: Answer
    websocket: bool
    declared: dict[int, tuple[str, ...]]
    bindings: dict[int, tuple[str, ...]]
    tried: int
    reached_elsewhere: tuple[int, ...]


def observe(stack: Stack) -> PortFacts:
    """Ask both ports."""
    addresses = list(_other_addresses())
    published = {HEALTH_PORT: stack.ports.health, GATEWAY_PORT: stack.ports.gateway}
    return PortFacts(
        health=_get(f"{stack.health_url}/health"),
        gateway=_get(stack.gateway_url),
        websocket=_speaks_websocket(stack),
        declared=declared(stack.project, stack.engine),
        bindings={port: _bindings(stack, port) for port in published},
        tried=len(addresses),
        reached_elsewhere=tuple(
            port
            for port, host_port in published.items()
            if any(_connects(address, host_port) for address in addresses)
        ),
    )


def declared(project: Project, engine: Engine) -> dict[int, tuple[str, ...]]:
    """Return the addresses of the host that the service publishes both ports on, "" being all.

    The override gives each stack other ports, so it tells nothing of what the checkout says.

    Args:
        project: The checkout.
        engine: The engine whose compose resolves its files; nothing is asked of itself.

    Raises:
        StackError: The compose files cannot be used.
    """
    model = compose_of(project, engine, overridden=False).model()
    found = model["services"][project.config.compose.service].get("ports") or []
    tcp = [it for it in found if it.get("protocol", "tcp") == "tcp"]
    return {
        port: tuple(sorted({it.get("host_ip", "") for it in tcp if int(it["target"]) == port}))
        for port in (HEALTH_PORT, GATEWAY_PORT)
    }


def _get(url: str) -> Answer:
    try:
        answer = httpx.get(url, timeout=_PATIENCE, trust_env=False)
    except httpx.HTTPError:
        return Answer(status=None)
    try:
        body = answer.json()
    except ValueError:
        body = None
    keys = tuple(sorted(body)) if isinstance(body, dict) else None
    return Answer(status=answer.status_code, keys=keys)


def _speaks_websocket(stack: Stack) -> bool:
    try:
        with open_gateway(stack.project, stack.ports.gateway):
            return True
    except GatewayError:
        return False


def _bindings(stack: Stack, port: int) -> tuple[str, ...]:
    published = stack.container.attrs["NetworkSettings"]["Ports"] or {}
    return tuple(sorted({it["HostIp"] for it in published.get(f"{port}/tcp") or []}))


def _other_addresses() -> Iterator[str]:
    """Yield this machine's addresses that others could use; link-local ones need a scope."""
    for interface in psutil.net_if_addrs().values():
        for address in interface:
            if address.family not in {socket.AF_INET, socket.AF_INET6}:
                continue
            if not address.address.startswith((*_LOOPBACK, "fe80", "169.254.")):
                yield address.address


def _connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False
