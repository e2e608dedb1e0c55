"""Where a checkout's own compose files publish the ports, whatever a stack of the harness does."""

from pathlib import Path

import pytest

from harness.criteria.facts.port import PortFacts, declared
from harness.criteria.judge.compose import ports
from harness.criteria.verdict import Judgement, Verdict
from harness.docker.override import Settings, render
from harness.docker.stack import compose_of, override_of
from harness.engine.model import Engine
from harness.ports import PortPair
from harness.project import Project
from tests.foreign.checkouts import OVERRIDDEN, checkout

RECORDED = Path(__file__).parents[1] / "data" / "facts"
COMPOSE = "docker-compose.dev.yml"
HEALTH, GATEWAY = "127.0.0.1:${LOA_HEALTH_PORT:-3000}", "127.0.0.1:${LOA_GATEWAY_PORT:-18789}"

pytestmark = pytest.mark.engine


def edit(project: Project, old: str, new: str) -> None:
    path = project.root / COMPOSE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def start_once(project: Project, engine: Engine) -> None:
    """Leave the override that a start writes."""
    settings = Settings("acceptance", "image", "0:0", PortPair(40001, 40002), "x")
    model = compose_of(project, engine, overridden=False).model()
    path = override_of(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(project, model, settings), encoding="utf-8")


def judged(project: Project, engine: Engine) -> Judgement:
    """Judge a sound stack, but for what the checkout says."""
    (project.root / ".env.local").touch()
    start_once(project, engine)
    said = {"declared": declared(project, engine)}
    return ports(PortFacts.recorded(RECORDED).model_copy(update=said), None)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (HEALTH, "3000", "publishes port 3000 on every address"),
        (GATEWAY, "0.0.0.0:18789", "publishes port 18789 on 0.0.0.0, "),
        (GATEWAY, "18789", "publishes port 18789 on every address"),
        (f'- "{HEALTH}:3000"', f'- "{HEALTH}:3001"', "does not publish port 3000"),
        (f'- "{GATEWAY}:18789"', f'- "{GATEWAY}:18789/udp"', "does not publish port 18789"),
    ],
)
def test_a_port_that_the_checkout_does_not_publish_on_loopback_is_told(
    copy: Project, docker: Engine, old: str, new: str, reason: str
) -> None:
    edit(copy, old, new)
    found = judged(copy, docker)
    assert (found.verdict, reason in found.reason) == (Verdict.FAILED, True), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HEALTH, "127.0.0.1:4000"),
        (GATEWAY, "[::1]:18789"),
        (f'- "{HEALTH}:3000"', "- {target: 3000, published: 3000, host_ip: 127.0.0.1}"),
        (f'- "{HEALTH}:3000"', f'- "{HEALTH}:3000"\n      - "9229:9229"'),
    ],
    ids=["another port", "IPv6", "the long form", "one more port"],
)
def test_whatever_is_on_loopback_only_passes(
    copy: Project, docker: Engine, old: str, new: str
) -> None:
    edit(copy, old, new)
    assert judged(copy, docker).verdict is Verdict.PASSED


def test_the_override_that_compose_adds_by_itself_counts(tmp_path: Path, docker: Engine) -> None:
    project = checkout(tmp_path, OVERRIDDEN)
    assert declared(project, docker) == {3000: (), 18789: ("127.0.0.1",)}
