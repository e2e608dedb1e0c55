"""Node, the gateway and the identity layer, run in the production image as production runs them."""

import json
import secrets
from contextlib import suppress

from docker.models.containers import Container

from harness.criteria.facts.in_image import Ran, container_of, run
from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT, HEALTH_PORT
from harness.engine.model import Engine
from harness.envfile import TOKEN
from harness.poll import PollTimeoutError, until
from harness.project import Project

__all__ = ["FrameworkFacts", "observe"]

_PATIENCE = 120.0
_KEPT = 1_500
_GET = """
fetch(process.argv[1]).then(async (answer) => {
  console.log(JSON.stringify([answer.status, await answer.text()]));
}).catch(() => process.exit(1));
"""


class FrameworkFacts(Facts):
    """What ran.

    Attributes:
        node: `node --version`.
        gateway: `clawdbot --version`.
        healthy: Whether port 3000 came to say that the gateway serves.
        layer: What the identity layer answers on the gateway's port; None where it is silent.
        user: The user that the container runs as.
        said: The end of the container's log, where it did not get healthy.
    """

    node: Ran
    gateway: Ran
    healthy: bool
    layer: str | None
    user: str
    said: str


def observe(project: Project, engine: Engine, image: str) -> FrameworkFacts:
    """Ask for versions, then start the image as it is and ask what it serves."""
    node = run(engine, image, ["node", "--version"])
    gateway = run(engine, image, ["sh", "-c", "clawdbot --version"])
    environment = {TOKEN: secrets.token_urlsafe(24)}
    with container_of(engine, image, environment=environment) as container:
        healthy = _becomes_healthy(container)
        return FrameworkFacts(
            node=node,
            gateway=gateway,
            healthy=healthy,
            layer=_layer(container, project) if healthy else None,
            user=exec_in(container, "id", "-un").stdout.strip(),
            said="" if healthy else container.logs().decode(errors="replace")[-_KEPT:],
        )


def _becomes_healthy(container: Container) -> bool:
    def look() -> bool:
        container.reload()
        if container.status == "exited":
            raise PollTimeoutError
        status, _ = _get(container, f"http://127.0.0.1:{HEALTH_PORT}/health")
        return status == 200  # noqa: PLR2004 -- as HTTP has it

    with suppress(PollTimeoutError):
        return until(look, seconds=_PATIENCE, what="the gateway serves")
    return False


def _layer(container: Container, project: Project) -> str | None:
    """Return the value that the probe's field has in the layer's answer."""
    probe = project.config.probe
    _, text = _get(container, f"http://127.0.0.1:{GATEWAY_PORT}{probe.url}")
    with suppress(ValueError, AttributeError):
        value = json.loads(text).get(probe.field)
        return None if value is None else str(value)
    return None


def _get(container: Container, url: str) -> tuple[int, str]:
    done = exec_in(container, "node", "-e", _GET, url)
    with suppress(ValueError):
        status, text = json.loads(done.stdout)
        return int(status), str(text)
    return 0, ""
