"""All contestants beside each other, each in a stack of its own, and their turns one by one."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness import process
from harness.benchmark.contestant import Contestant, Table, schedule
from harness.benchmark.processors import model
from harness.benchmark.result import Broken, Comparison, Entry, Turn
from harness.benchmark.stack import contestant_stack, contestants_image
from harness.benchmark.turns import Turns
from harness.console import Step, log
from harness.criteria.environment import EngineInfo, ImageInfo, Machine
from harness.criteria.facts.processors import Others
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.errors import StackError
from harness.fixtures.images import BaseImage, DevImage
from harness.fixtures.stack import Images
from harness.poll import PollTimeoutError, eventually
from harness.process import Beside, beside
from harness.project import Project

__all__ = ["Contest"]

_SECONDS = 15 * 60
_STARTED = 20.0


@dataclass(frozen=True, kw_only=True)
class Contest:
    """A comparison to be made.

    Attributes:
        project: The checkout whose layer is saved; each contestant gets a copy.
        engine: Where all of them run.
        directory: The contestants' files, in the checkout.
        base: What the development image stands on.
        dev: The development image, on which the contestants' stands.
    """

    project: Project
    engine: Engine
    directory: Path
    base: BaseImage
    dev: DevImage

    def run(self) -> Comparison:
        """Compare; after a quarter of an hour no further turn is begun.

        Raises:
            HarnessError: The table, an image or a contestant's stack is at fault.
        """
        started, at, machine = time.monotonic(), datetime.now(UTC), Machine.observe()
        table = Table.load(self.directory / "contestants.toml")
        images = self._images()
        with self._stacks(table, images) as stacks:
            others = Others(lambda: [stack.container for stack in stacks.values()])
            taken = asyncio.run(_compare(table, stacks, until=started + _SECONDS))
            return Comparison(
                at=at,
                machine=machine,
                processor=model(),
                engine=EngineInfo.observe(self.engine),
                image=ImageInfo(reference=images.dev.reference, id=images.dev.image_id),
                versions=self._versions(table, next(iter(stacks.values()))),
                foreign=others.part(),
                seconds=round(time.monotonic() - started),
                ours=table.claims.ours,
                entries=tuple(
                    self._entry(it, stacks[it.name], taken[it.name]) for it in table.contestants
                ),
            )

    def _images(self) -> Images:
        image = contestants_image(self.project, self.engine, self.directory, self.dev)
        return Images(self.base, image)

    @contextmanager
    def _stacks(self, table: Table, images: Images) -> Iterator[Mapping[str, Stack]]:
        with ExitStack() as entered:
            yield {
                it.name: entered.enter_context(
                    contestant_stack(it, self.project, self.engine, self.directory, images)
                )
                for it in table.contestants
            }

    def _versions(self, table: Table, stack: Stack) -> dict[str, str]:
        return {name: _told(stack, command) for name, command in table.versions.items()}

    def _entry(self, contestant: Contestant, stack: Stack, taken: "_Taken") -> Entry:
        return Entry(
            contestant=contestant,
            version=self._version(contestant, stack),
            turns=tuple(taken.turns),
            broken=taken.broken,
        )

    def _version(self, contestant: Contestant, stack: Stack) -> str:
        if contestant.beside:
            words = [str(self.engine.program), "compose", "version", "--short"]
            return process.run(words, env=self.engine.variables).stdout.strip()
        return _told(stack, contestant.version) if contestant.version else ""


def _told(stack: Stack, command: tuple[str, ...]) -> str:
    return stack.exec(command).stdout.strip().removeprefix("v")


@dataclass
class _Taken:
    """What one contestant did so far."""

    turns: list[Turn] = field(default_factory=list)
    broken: Broken | None = None


async def _compare(table: Table, stacks: Mapping[str, Stack], *, until: float) -> dict[str, _Taken]:
    rounds = {it.name: it.rounds for it in table.contestants}
    async with AsyncExitStack() as entered:
        for it in table.contestants:
            await entered.enter_async_context(_helper(it, stacks[it.name]))
        with log.step("comparing") as step:
            return await _take_turns(rounds, stacks, step, until)


async def _take_turns(
    rounds: dict[str, int], stacks: Mapping[str, Stack], step: Step, until: float
) -> dict[str, _Taken]:
    taken = {name: _Taken() for name in rounds}
    turns = {name: Turns(stack) for name, stack in stacks.items()}
    for name in rounds:
        step.detail(f"{name}, to warm up")
        await turns[name].take()
    for name in schedule(rounds):
        if time.monotonic() < until:
            step.detail(name)
            taken[name].turns.append(await turns[name].take())
            log.note(f"{name}: {_told_of(taken[name].turns[-1])}")
    for name in rounds:
        if time.monotonic() < until:
            step.detail(f"{name}, a syntax error")
            taken[name].broken = await turns[name].fail()
    return taken


def _told_of(turn: Turn) -> str:
    found = "not served" if turn.seconds is None else f"{turn.seconds:.2f} s"
    return f"{found}, {turn.failed} of {turn.asked} requests failed"


@asynccontextmanager
async def _helper(contestant: Contestant, stack: Stack) -> AsyncIterator[None]:
    """Run what the contestant has on the host, from its first line of output on."""
    if not contestant.beside:
        yield
        return
    compose = stack.compose
    command = compose.command(*contestant.beside)
    async with beside(command, env=compose.environment) as program:
        said: list[str] = []
        reader = asyncio.create_task(_read(program, said))
        await _started(contestant, reader, said)
        yield
        reader.cancel()


async def _read(program: Beside, said: list[str]) -> None:
    async for line in program.lines():
        said.append(line)  # noqa: PERF401 -- they are looked at while they come


async def _started(contestant: Contestant, reader: asyncio.Task[None], said: list[str]) -> None:
    async def look() -> bool:
        return bool(said) or reader.done()

    try:
        await eventually(look, seconds=_STARTED, what="it says that it has begun")
    except PollTimeoutError as error:
        raise StackError(f"{contestant.name}: {error}") from error
    if reader.done():
        raise StackError(f"{contestant.name} ended: {' '.join(said[-1:]) or 'it said nothing'}")
