"""Measure the reload by itself, on stacks of the measurement's own."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

from harness.benchmark.figures import Crowd, Figures, Series
from harness.benchmark.pace import Pacer
from harness.benchmark.processors import model
from harness.benchmark.result import Turn
from harness.benchmark.turns import Turns
from harness.criteria.environment import EngineInfo, Machine
from harness.criteria.facts.processors import Others, used
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.images import BaseImage, DevImage
from harness.fixtures.stack import Images, Variant, acceptance_stack
from harness.poll import eventually
from harness.process import beside
from harness.project import Project

__all__ = ["measure"]

_SAVES = 60
_SLOWEST, _FASTER = 3.0, (2.0, 1.0, 0.5, 0.2)
_LOOPS = 2
_LOOP = [sys.executable, "-c", "while True: pass"]
_MANY, _IN_EACH = 10_000, 100
_TURNS = 20
_WARM = 120.0


def measure(project: Project, engine: Engine, base: BaseImage, dev: DevImage) -> Figures:
    """Measure all of it, which takes about twelve minutes.

    Args:
        project: The checkout whose layer is saved, in copies.
        engine: Where its stacks run.
        base: What the development image stands on.
        dev: The development image.

    Raises:
        HarnessError: A stack does not come up.
    """
    at, machine, images = datetime.now(UTC), Machine.observe(), Images(base, dev)
    with _stack(project, engine, images) as stack:
        alone = asyncio.run(_alone(stack))
        with _stack(project, engine, images, more=_MANY) as crowded:
            crowds = asyncio.run(_in_turn(stack, crowded))
    return Figures(
        at=at,
        machine=machine,
        processor=model(),
        engine=EngineInfo.observe(engine),
        crowds=crowds,
        **alone,
    )


@contextmanager
def _stack(project: Project, engine: Engine, images: Images, *, more: int = 0) -> Iterator[Stack]:
    with working_copy(project) as copy:
        for number in range(more):
            directory = copy.layer / "more" / str(number // _IN_EACH)
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{number}.ts").write_text("export {};\n", encoding="utf-8")
        with acceptance_stack(copy, engine, variant=Variant(images=images)) as stack:
            yield stack


async def _alone(stack: Stack) -> dict[str, object]:
    pacer, others = Pacer(stack, _SAVES), Others(lambda: [stack.container])
    with pacer.kept():
        before = used(stack.container)
        slowest = await pacer.learn(_SLOWEST)
        spent = used(stack.container) - before
        faster = [await pacer.replay(every) for every in _FASTER]
        foreign = others.part()
        health = await _at_rest(stack)
        loops = await _beside_loops(pacer)
    return {
        "foreign": foreign,
        "paces": (slowest, *faster),
        "beside_loops": loops,
        "gateway_bytes": health["gateway"]["residentBytes"],
        "standby_bytes": health["standby"]["residentBytes"],
        "seconds_per_save": round(spent / _SAVES, 2),
    }


async def _at_rest(stack: Stack) -> dict[str, Any]:
    """Return the state once the next gateway is warm; before that it is smaller."""

    async def look() -> dict[str, Any] | None:
        health = await asyncio.to_thread(stack.health) or {}
        return health if (health.get("standby") or {}).get("state") == "warm" else None

    return await eventually(look, seconds=_WARM, what="the next gateway is warm")


async def _beside_loops(pacer: Pacer) -> Series:
    async with AsyncExitStack() as entered:
        for _ in range(_LOOPS):
            await entered.enter_async_context(beside(_LOOP))
        return await pacer.replay(_SLOWEST)


async def _in_turn(*stacks: Stack) -> tuple[Crowd, ...]:
    taken: list[list[Turn]] = [[] for _ in stacks]
    turns = [Turns(stack) for stack in stacks]
    for _ in range(_TURNS):
        for own, stack in zip(taken, turns, strict=True):
            own.append(await stack.take())
    return tuple(
        Crowd(files=len(list(stack.project.layer.rglob("*.ts"))), turns=tuple(own))
        for stack, own in zip(stacks, taken, strict=True)
    )
