import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from harness.live.messages import Checked, Message, Note
from harness.live.typecheck import TypeChecker
from harness.poll import eventually, until
from harness.project import Project


class Results:
    """A type checker at work, and what it told."""

    def __init__(self, layer: Path) -> None:
        self.layer = layer
        self.told: list[Message] = []
        self.checker = TypeChecker(layer, self.told.append)

    async def check(self) -> Checked:
        """Ask, and wait for the answer."""
        number = self.checker.request()

        async def answer() -> Checked | None:
            results = [it for it in self.told if isinstance(it, Checked)]
            return next((it for it in results if it.request == number), None)

        return await eventually(answer, seconds=120, what=f"the answer to {number}")

    def write(self, name: str, text: str) -> None:
        (self.layer / name).write_text(text, encoding="utf-8")


def during(project: Project, story: Callable[[Results], Awaitable[None]]) -> Results:
    async def run() -> Results:
        results = Results(project.layer)
        working = asyncio.create_task(results.checker.run())
        try:
            await story(results)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return results

    return asyncio.run(run())


def places(result: Checked) -> list[tuple[str | None, int | None, str]]:
    return [(it.file, it.line, it.code) for it in result.errors]


def test_each_answer_is_of_the_files_at_its_request(typed: Project) -> None:
    async def story(results: Results) -> None:
        assert (await results.check()).total == 0
        results.write("scheduler.ts", "\nconst a: number = 'a';\n")
        assert places(await results.check()) == [("scheduler.ts", 2, "TS2322")]
        results.write("scheduler.ts", "const (;\n")
        assert (await results.check()).errors[0].line == 1
        results.write("scheduler.ts", "export const every = 1;\n")
        assert (await results.check()).total == 0

    during(typed, story)


def test_new_renamed_and_removed_files_are_taken_up(typed: Project) -> None:
    async def story(results: Results) -> None:
        results.write("user.ts", 'import { a } from "./made.js";\nexport const b = a;\n')
        assert places(await results.check()) == [("user.ts", 1, "TS2307")]
        results.write("made.ts", "export const a = 1;\n")
        assert (await results.check()).total == 0
        (results.layer / "made.ts").rename(results.layer / "other.ts")
        assert places(await results.check()) == [("user.ts", 1, "TS2307")]
        (results.layer / "user.ts").unlink()
        assert (await results.check()).total == 0

    during(typed, story)


def test_a_configuration_that_cannot_be_read_is_an_error_that_passes(typed: Project) -> None:
    async def story(results: Results) -> None:
        config = results.layer / "tsconfig.json"
        before = config.read_text(encoding="utf-8")
        results.write("tsconfig.json", '{"compilerOptions": {"strict": 3}}')
        assert places(await results.check()) == [("tsconfig.json", 1, "TS5024")]
        config.unlink()
        assert places(await results.check()) == [(None, None, "TS5083")]
        results.write("tsconfig.json", before)
        assert (await results.check()).total == 0

    during(typed, story)


def test_requests_that_come_while_it_works_are_answered_together(typed: Project) -> None:
    async def story(results: Results) -> None:
        for _ in range(20):
            results.checker.request()
            await asyncio.sleep(0)
        await results.check()

    answered = [it for it in during(typed, story).told if isinstance(it, Checked)]
    assert answered[-1].request == 21
    assert len(answered) <= 3


def test_many_errors_are_counted_and_the_first_are_told(typed: Project) -> None:
    async def story(results: Results) -> None:
        results.write("scheduler.ts", "".join(f"const a{n}: number = '';\n" for n in range(50)))
        result = await results.check()
        assert (result.total, len(result.errors)) == (50, 20)

    during(typed, story)


def test_it_has_a_low_priority_and_ends_with_the_task(typed: Project) -> None:
    found: list[psutil.Process] = []

    async def story(results: Results) -> None:
        await results.check()
        children = psutil.Process().children()
        found.extend(it for it in children if any("typecheck" in word for word in it.cmdline()))
        # The tests may run at a low one themselves, and 19 is the lowest.
        assert [it.nice() for it in found] == [min(psutil.Process().nice() + 10, 19)]

    during(typed, story)
    assert not any(it.is_running() for it in found)


def test_it_ends_when_whoever_asks_is_killed(typed: Project) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from harness.live.typecheck import TypeChecker\n"
        "checker = TypeChecker(Path(sys.argv[1]), lambda told: print(told, flush=True))\n"
        "checker.request()\n"
        "asyncio.run(checker.run())\n"
    )
    words = [sys.executable, "-c", program, str(typed.layer)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("Checked(request=1, total=0")
        (checker,) = psutil.Process(child.pid).children()
        child.kill()
    until(lambda: not checker.is_running(), seconds=120, what="the type checker ends")


def test_without_typescript_that_is_said_and_nothing_is_asked(checkout: Project) -> None:
    async def story(results: Results) -> None:
        assert not results.checker.works
        await results.checker.run()

    (note,) = during(checkout, story).told[:1]
    assert isinstance(note, Note)
    assert "types are not checked" in note.text


@pytest.mark.parametrize("content", ["throw new Error('oh no');", "module.exports = {};"])
def test_a_typescript_that_does_not_work_is_said(checkout: Project, content: str) -> None:
    package = checkout.layer / "node_modules/typescript"
    package.mkdir(parents=True)
    (package / "index.js").write_text(content, encoding="utf-8")

    async def story(results: Results) -> None:
        results.checker.request()

        async def ended() -> bool:
            return not results.checker.works

        await eventually(ended, seconds=120, what="it ends")

    (note,) = during(checkout, story).told
    assert isinstance(note, Note)
    assert note.text.startswith("types are not checked any more: ")
