"""The type checker beside: at low priority, and never in the way of a reload."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from harness import node
from harness.errors import ToolError
from harness.live.messages import Checked, Message, Mistake, Note
from harness.process import Beside, beside

__all__ = ["TypeChecker"]

_PROGRAM = Path(__file__).with_name("typecheck.mjs")
_NICE = ("nice", "-n", "10")


class TypeChecker:
    """Keeps TypeScript in memory and checks the layer whenever it is asked to.

    Requests that come while it is at work are answered together, by one more check.

    Args:
        layer: The directory with the layer's sources, tsconfig.json and TypeScript.
        tell: Called with each result, and with a note when there is no checker.
    """

    def __init__(self, layer: Path, tell: Callable[[Message], None]) -> None:
        self._layer = layer
        self._tell = tell
        self._requested = self._asked = self._answered = 0
        self._wanted = asyncio.Event()
        self.works = self._is_there()

    def request(self) -> int:
        """Ask for a check of the files as they are now; return the request's number."""
        self._requested += 1
        self._wanted.set()
        return self._requested

    async def run(self) -> None:
        """Check on request, for good."""
        if not self.works:
            self._tell(Note("types are not checked: there is no TypeScript beside the layer"))
            return
        command = [*_NICE, *map(str, (node.program(), _PROGRAM, self._layer))]
        last_words = ""
        try:
            async with (
                beside(command, env=node.variables()) as program,
                asyncio.TaskGroup() as tasks,
            ):
                asking = tasks.create_task(self._ask(program))
                async for line in program.lines():
                    last_words = line.strip() or last_words
                    self._take(line)
                asking.cancel()
        except ToolError as error:
            last_words = error.message
        self.works = False
        self._tell(Note(f"types are not checked any more: {last_words or 'tsc ended'}"))

    def _is_there(self) -> bool:
        return all(
            (self._layer / name).exists() for name in ("tsconfig.json", "node_modules/typescript")
        )

    async def _ask(self, program: Beside) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._answered == self._asked < self._requested:
                self._asked = self._requested
                program.tell(str(self._asked))

    def _take(self, line: str) -> None:
        try:
            answer = json.loads(line)
            mistakes = [Mistake(**error) for error in answer["errors"]]
            checked = Checked(answer["request"], answer["total"], mistakes)
        except (ValueError, KeyError, TypeError):
            return  # the last words of a program that fails
        self._answered = checked.request
        self._wanted.set()
        self._tell(checked)
