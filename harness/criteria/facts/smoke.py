"""What the smoke test says of deployments that are well, and of each that is ill."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import process
from harness.criteria.facts.model import Facts
from harness.fixtures.deployments import DEPLOYMENTS, REVISION, VERSION, Reply, serving

__all__ = ["SmokeFacts", "SmokeRun", "observe"]

_HEALTHY_DEADLINE = 60
_DEADLINE = 5
_PATIENCE = 120.0


class SmokeRun(Facts):
    """`harness smoke`, run against one server.

    Attributes:
        deployment: What the server is.
        status: What the command ended with.
        outcome: Its verdict.
        sight: What it took the server for.
    """

    deployment: str
    status: int
    outcome: str
    sight: str


class SmokeFacts(Facts):
    """One run against each server."""

    runs: tuple[SmokeRun, ...]


def observe() -> SmokeFacts:
    """Run the command against every server at once: each ill one lasts until the deadline."""
    with ThreadPoolExecutor(len(DEPLOYMENTS)) as pool:
        return SmokeFacts(runs=tuple(pool.map(_run, DEPLOYMENTS, DEPLOYMENTS.values())))


def _run(name: str, reply: Reply) -> SmokeRun:
    deadline = _HEALTHY_DEADLINE if name == "good" else _DEADLINE
    with serving(reply) as url:
        command: list[str | Path] = [
            Path(sys.executable).with_name("harness"),
            *("smoke", url, "--version", VERSION, "--revision", REVISION),
            *("--deadline", str(deadline), "--json"),
        ]
        done = process.run(command, timeout=_PATIENCE, check=False)
    said = json.loads(done.stdout)
    return SmokeRun(
        deployment=name,
        status=done.status,
        outcome=said["outcome"],
        sight=said["last"]["sight"],
    )
