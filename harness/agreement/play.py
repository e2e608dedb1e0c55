"""Play a round: the checks as a person runs them, alone or beside busy loops."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import process
from harness.agreement.record import Round
from harness.criteria.verdict import Verdict
from harness.errors import ToolError
from harness.project import Project

__all__ = ["LOOPS", "busy", "play"]

LOOPS = 2
_HARNESS = Path(sys.executable).with_name("harness")
_PATIENCE = 1800.0
_LOOP = (sys.executable, "-c", "while True: pass")


def play(project: Project, chosen: Sequence[str], loops: int, *, paired: bool = False) -> Round:
    """Run the checks once.

    Args:
        project: The checkout.
        chosen: The words that choose the checks, as `harness accept` takes them.
        loops: How many busy loops run beside it.
        paired: Whether another checkout is checked at the same time.

    Raises:
        ToolError: No verdicts came of it.
    """
    command: list[str | Path] = [_HARNESS, "accept", *chosen, "--json", "--project", project.root]
    started, clock = datetime.now(UTC), time.monotonic()
    with busy(loops):
        done = process.run(command, timeout=_PATIENCE, check=False)
        load = os.getloadavg()[0]
    criteria = _criteria(done)
    return Round(
        loops=loops,
        started=started,
        seconds=round(time.monotonic() - clock, 1),
        load=round(load, 2),
        verdicts={it["id"]: Verdict(it["verdict"]) for it in criteria},
        reasons={it["id"]: it["reason"] for it in criteria if it["verdict"] != Verdict.PASSED},
        paired=paired,
    )


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep so many processors busy while the block runs."""
    with ExitStack() as running:
        for _ in range(loops):
            running.enter_context(process.running(_LOOP, log=Path(os.devnull)))
        yield


def _criteria(done: process.Completed) -> list[dict[str, Any]]:
    try:
        told: list[dict[str, Any]] = json.loads(done.stdout)["criteria"]
    except (ValueError, KeyError) as error:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise ToolError(f"harness accept ended with {done.status}: {last}") from error
    return told
