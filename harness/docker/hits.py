"""The cache-hit rate of a build: how much of it was found done.

The one definition: of the steps that carry out a RUN, COPY, ADD or WORKDIR of the stages that the
target goes through, the share that BuildKit's record marks as found done. By seconds: each found
step counts with what it took when it last ran on this machine, each other one with what it took
now. A build whose record does not hold every such step has no rate, and so has one whose found
steps were never timed here; nothing is guessed. Whether the image then holds what was changed is
for whoever changes something to look at: a step that finds stale content is no hit.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from harness import whole
from harness.docker.dockerfile import Dockerfile
from harness.docker.record import BuildStep
from harness.locks import locked
from harness.paths import cache_dir

__all__ = ["Hits", "Timed", "hits", "remember"]

_MOST_KEPT = 2000

Timed = Mapping[str, float]
"""Seconds by step, see `remember`."""


@dataclass(frozen=True)
class Hits:
    """What of a build was found done.

    Attributes:
        steps: How many steps the target has.
        cached: How many of them were found done.
        by_count: Their share; None where the record lacks a step.
        by_seconds: Their share of the time that all would have taken; None where that is unknown.
        seconds_saved: What the found ones took when they last ran; None where one was never timed.
        problem: Why there is no rate, in a few words.
    """

    steps: int
    cached: int
    by_count: float | None
    by_seconds: float | None
    seconds_saved: float | None
    problem: str = ""


def hits(
    dockerfile: Dockerfile,
    target: str,
    steps: Sequence[BuildStep],
    timed: Timed,
    platforms: int = 1,
) -> Hits:
    """Work out the rate of a build.

    Args:
        dockerfile: What was built.
        target: Its stage; the last one if empty.
        steps: The build's record.
        timed: What steps took before.
        platforms: For how many it was built at once.
    """
    expected = _expected(dockerfile, target) * platforms
    cached = [step for step in steps if step.cached]
    if len(steps) != expected:
        problem = f"the record has {len(steps)} steps, the stages have {expected}"
        return Hits(expected, len(cached), None, None, None, problem)
    share = len(cached) / expected if expected else None
    if any(_key(step) not in timed for step in cached):
        problem = "a step that was found done was never timed here"
        return Hits(expected, len(cached), share, None, None, problem)
    saved = sum(timed[_key(step)] for step in cached)
    whole = saved + sum(step.seconds for step in steps if not step.cached)
    return Hits(expected, len(cached), share, saved / whole if whole else None, saved)


def remember(steps: Iterable[BuildStep]) -> dict[str, float]:
    """Keep what each step took that ran, and return what is known of all."""
    path = cache_dir("build") / "seconds.json"
    with locked(cache_dir("build") / "seconds.lock"):
        known: dict[str, float] = {}
        with suppress(OSError, ValueError, TypeError):
            known = dict(json.loads(path.read_text(encoding="utf-8")))
        for step in steps:
            if not step.cached:
                known.pop(_key(step), None)
                known[_key(step)] = round(step.seconds, 3)
        kept = dict(list(known.items())[-_MOST_KEPT:])
        with suppress(OSError):  # a full disk makes no image worse that was just built
            whole.replace(path, json.dumps(kept, indent=0) + "\n")
    return kept


def _expected(dockerfile: Dockerfile, target: str) -> int:
    stages = dockerfile.reached(target)
    return sum(it.is_step for stage in stages for it in stage.instructions)


def _key(step: BuildStep) -> str:
    text = f"{step.platform} {step.stage} {step.instruction}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
