"""FR-1: docker-compose.dev.yml."""

import ipaddress
from collections.abc import Iterator

from harness.criteria.facts.base_use import BaseUseFacts
from harness.criteria.facts.compose import ComposeFacts
from harness.criteria.facts.dev_mode import DEVELOPMENT, PRODUCTION, DevModeFacts
from harness.criteria.facts.mount import READ_ONLY, SOURCES, MountFacts
from harness.criteria.facts.port import GATEWAY_PORT, HEALTH_PORT, PortFacts
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.judge.builders import builders
from harness.criteria.judge.limits import held_to
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement

__all__ = ["base_use", "dev_mode", "memory_limit", "mounts", "ports"]

_AT_ONCE = 1.0
_HTTP_OK, _SERVER_ERROR = 200, 500


@judges("FR-1.1")
def mounts(facts: MountFacts) -> Judgement:
    """Each source directory is mounted; one of them is read only."""
    by_source = {it.source: it for it in facts.mounts}
    problems = []
    for source in SOURCES:
        found = by_source.get(source)
        if found is None or found.target is None:
            problems.append(f"{source} is not mounted")
        elif found.seconds is None:
            problems.append(f"a file written in {source} is not read at {found.target}")
        elif found.looks > 1 and found.seconds > _AT_ONCE:
            problems.append(f"a file written in {source} is read after {found.seconds} s only")
        if found and found.writable and source == READ_ONLY:
            places = ", ".join(found.writable)
            problems.append(f"{source} can be written from the container, at {places}")
    return Judgement.of(problems)


@judges("FR-1.2")
def base_use(facts: BaseUseFacts) -> Judgement:
    """The published image is what the development image stands on, and nothing is compiled."""
    return Judgement.of(list(_wrong_base(facts)))


def _wrong_base(facts: BaseUseFacts) -> Iterator[str]:
    if facts.published not in facts.needs:
        yield f"{facts.dockerfile} stands on {', '.join(facts.needs)}, not on {facts.published}"
    others = [name for name in facts.needs if name != facts.published]
    if others and facts.published in facts.needs:
        yield f"{facts.dockerfile} also needs {', '.join(others)}"
    if facts.origin not in {"present", "pulled"}:
        yield f"the published image was there and was not used: {facts.origin}"
    built = [name for name in facts.built if name != "dev"]
    if built:
        yield f"built although the published image was there: {', '.join(built)}"
    for step in facts.steps:
        if found := builders(step):
            yield f"a step above the base runs {', '.join(sorted(found))}"


@judges_limit("FR-1.3", "size")
def memory_limit(facts: ComposeFacts, limit: Quantity) -> Judgement:
    """Memory, and memory and swap together, are both limited, in the model and on the engine."""
    values = {
        "memory in the model": facts.model_memory,
        "memory and swap in the model": facts.model_memory_and_swap,
        "memory on the engine": facts.engine_memory,
        "memory and swap on the engine": facts.engine_memory_and_swap,
    }
    unlimited, measured = held_to(values, limit)
    return Judgement.of(unlimited, measurements=measured)


@judges("FR-1.4")
def ports(facts: PortFacts) -> Judgement:
    """Both ports answer with their protocol, on the loopback address only."""
    return Judgement.of(list(_wrong_ports(facts)))


def _wrong_ports(facts: PortFacts) -> Iterator[str]:
    for port in (HEALTH_PORT, GATEWAY_PORT):
        declared, addresses = facts.declared.get(port, ()), facts.bindings.get(port, ())
        if not declared:
            yield f"the compose file does not publish port {port}"
        elif wide := [it for it in declared if not _is_loopback(it)]:
            places = ", ".join(it or "every address" for it in wide)
            yield f"the compose file publishes port {port} on {places}, not on 127.0.0.1 only"
        if not addresses:
            yield f"port {port} is not published"
        elif not all(map(_is_loopback, addresses)):
            yield f"port {port} is published on {', '.join(addresses)}"
        elif port in facts.reached_elsewhere:
            yield f"port {port} answers on another address of the machine"
    if facts.health.status != _HTTP_OK or not facts.health.keys:
        yield f"port {HEALTH_PORT} gives no health as JSON: status {facts.health.status}"
    if facts.gateway.status is None or facts.gateway.status >= _SERVER_ERROR:
        yield f"port {GATEWAY_PORT} speaks no HTTP: status {facts.gateway.status}"
    if not facts.websocket:
        yield f"port {GATEWAY_PORT} speaks no WebSocket"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@judges("FR-1.5")
def dev_mode(facts: DevModeFacts) -> Judgement:
    """1 skips recovery, 0 runs it, and unset leaves it to the start script."""
    if not facts.mounted:
        return Judgement.unverified("grimoires/ is not mounted, so recovery cannot be seen")
    expected = {
        (script, value): value == "0" or (value is None and script == PRODUCTION)
        for script in (PRODUCTION, DEVELOPMENT)
        for value in ("1", "0", None)
    }
    problems = []
    for start in facts.starts:
        wanted = expected.pop((start.script, start.value))
        name = _called(start.script, start.value)
        if start.path is None:
            problems.append(f"{start.script} is not in the image")
        elif start.recovered != wanted:
            does = "runs" if start.recovered else "does not run"
            problems.append(f"{name}: recovery {does}")
        elif not start.served and not start.recovered:
            problems.append(f"{name}: the gateway does not serve")
    problems += [f"{_called(script, value)}: not tried" for script, value in expected]
    return Judgement.of(list(dict.fromkeys(problems)))


def _called(script: str, value: str | None) -> str:
    return f"{script} with BEAUVOIR_DEV_MODE {value or 'unset'}"
