"""What the layer wrote down, read back with its own code."""

import json
from itertools import groupby
from typing import Any

from tests.start.handover import Dev
from tests.start.traffic import Traffic

__all__ = ["writers"]

REPLAY = """
import { replay } from "/workspace/deploy/loa-identity/segments.ts";
for (const { sequence, payload } of replay("/data/wal"))
  console.log(JSON.stringify({ ...JSON.parse(payload.toString()), sequence }));
"""


def replay(dev: Dev) -> list[dict[str, Any]]:
    """Read the log with the layer's own code."""
    words = ["node", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", REPLAY]
    done = dev.run.exec(*words)
    assert done.ok, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def writers(dev: Dev, traffic: Traffic) -> int:
    """Make sure that each acknowledged record is there once, and that one wrote after the other.

    Args:
        dev: The container.
        traffic: Requests whose answers are the numbers of the records that they made.

    Returns:
        How many processes wrote.
    """
    records = replay(dev)
    sequences = [record["sequence"] for record in records]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    own = {str(it["sequence"]) for it in records if it["kind"] == "test"}
    assert set(traffic.bodies) <= own
    assert set(traffic.bodies.values()) == {1}
    pids = [pid for pid, _ in groupby(record["pid"] for record in records)]
    assert len(pids) == len(set(pids))
    return len(pids)
