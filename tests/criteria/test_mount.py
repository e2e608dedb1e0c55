"""Ways to write to what is mounted to be read: each is found by writing, in a stack that has it."""

from collections.abc import Iterator

import pytest

from harness.criteria.facts import mount
from harness.criteria.judge.compose import mounts
from harness.criteria.verdict import Verdict
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.fixtures.stack import acceptance_stack
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

COMPOSE = "docker-compose.dev.yml"
BEFORE, VOLUMES = "      - wal:/data/wal\n", "\nvolumes:\n"
MORE = """      - .:/host
      - .:/again
      - ./.claude:/again/.claude:ro
      - ./.claude/skills:/workspace/.claude/skills
      - ./.claude/settings.json:/opt/settings.json
      - ./.claude/rules.md:/opt/rules.md:ro
      - bound:/opt/claude
"""
BOUND = """
volumes:
  bound: {driver: local, driver_opts: {type: none, o: bind, device: "%s"}}
"""


@pytest.fixture
def stack(copy: Project, docker: Engine) -> Iterator[Stack]:
    """A stack that has .claude read-only, as it must, and in many other ways."""
    claude = copy.root / ".claude"
    (claude / "skills").mkdir(parents=True, exist_ok=True)
    for name in ("settings.json", "rules.md"):
        (claude / name).write_text("{}", encoding="utf-8")
    path = copy.root / COMPOSE
    text = path.read_text(encoding="utf-8")
    assert text.count(BEFORE) == text.count(VOLUMES) == 1
    text = text.replace(VOLUMES, BOUND % claude).replace(BEFORE, MORE + BEFORE)
    path.write_text(text, encoding="utf-8")
    with acceptance_stack(copy, docker) as found:
        yield found


def test_each_way_to_write_is_found(stack: Stack) -> None:
    claude = stack.project.root / ".claude"
    settings = claude / "settings.json"
    before = {it: it.stat().st_mtime_ns for it in (settings, claude / "rules.md")}
    facts = mount.observe(stack)
    found = next(it for it in facts.mounts if it.source == mount.READ_ONLY)
    assert found.writable == (
        "/host/.claude",
        "/opt/claude",
        "/opt/settings.json",
        "/workspace/.claude/skills",
    )
    judgement = mounts(facts, None)
    assert judgement.verdict is Verdict.FAILED
    assert ".claude can be written from the container, at /host/.claude" in judgement.reason
    assert before == {it: it.stat().st_mtime_ns for it in before}, "nothing is left changed"
    assert not list(claude.rglob("probe-*"))
