"""What the smoke test says of deployments that are well, and of each that is ill."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.criteria.facts.model import Facts
from harness.fixtures.deployments import DEPLOYMENTS, REVISION, VERSION, Reply, serving
from harness.loaded import Loaded

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


def observe(harness: Loaded) -> SmokeFacts:
    """Run the command against every server at once: each ill one lasts until the deadline."""
    with ThreadPoolExecutor(len(DEPLOYMENTS)) as pool:
        runs = pool.map(lambda it: _run(harness, *it), DEPLOYMENTS.items())
        return SmokeFacts(runs=tuple(runs))


def _run(harness: Loaded, name: str, reply: Reply) -> SmokeRun:
    deadline = _HEALTHY_DEADLINE if name == "good" else _DEADLINE
    with serving(reply) as url:
        words = ["smoke", url, "--version", VERSION, "--revision", REVISION]
        words += ["--deadline", str(deadline), "--json"]
        done = harness.run(words, cwd=Path.cwd(), env=os.environ, timeout=_PATIENCE)
    said = json.loads(done.stdout)
    return SmokeRun(
        deployment=name,
        status=done.status,
        outcome=said["outcome"],
        sight=said["last"]["sight"],
    )
