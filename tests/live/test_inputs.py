import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness import fingerprint
from harness.live.inputs import Inputs
from harness.live.messages import Message, Outdated
from harness.poll import eventually
from harness.project import Project

DOCKERFILE = "FROM base\nCOPY deploy/dev /opt/dev\n"


@pytest.fixture
def made(tmp_path: Path) -> Project:
    """A checkout whose stack was made from what is there."""
    project = Project(tmp_path)
    save(project, "deploy/Dockerfile.dev", DOCKERFILE)
    for name in ("deploy/dev/reloader.mjs", ".env.local"):
        save(project, name, "before\n")
    record(project)
    return project


def record(project: Project) -> None:
    parts = json.dumps(fingerprint.of_stack(project))
    (project.state_dir / "stack.json").write_text(parts, encoding="utf-8")


Wait = Callable[[int], Awaitable[None]]


def watching(project: Project, story: Callable[[Wait], Awaitable[None]]) -> list[str]:
    """Return the names that were told while the story went on."""
    told: list[str] = []

    def take(message: Message) -> None:
        assert isinstance(message, Outdated)
        told.append(message.name)

    async def wait(number: int) -> None:
        async def there() -> bool:
            return len(told) >= number

        await eventually(there, seconds=120, what=f"{number} are told")

    async def run() -> None:
        working = asyncio.create_task(Inputs(project, take).run())
        try:
            await story(wait)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())
    return told


def save(project: Project, name: str, text: str) -> None:
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_each_content_is_told_once(made: Project) -> None:
    async def story(wait: Wait) -> None:
        for number, text in enumerate(("one", "two"), 1):
            save(made, "deploy/Dockerfile.dev", f"{DOCKERFILE}# {text}\n")
            await wait(number)
        # These come in order: had the first been told again, it would be among them.
        save(made, "deploy/Dockerfile.dev", f"{DOCKERFILE}# one\n")
        save(made, ".env.local", "other")
        await wait(3)

    assert watching(made, story) == ["deploy/Dockerfile.dev", "deploy/Dockerfile.dev", ".env.local"]


def test_what_differs_from_the_start_is_told(made: Project) -> None:
    save(made, "harness.toml", "# new\n")

    async def story(wait: Wait) -> None:
        await wait(1)

    assert watching(made, story) == ["harness.toml"]


def test_a_new_directory_is_looked_into(made: Project) -> None:
    async def story(wait: Wait) -> None:
        save(made, "deploy/dev/new/part.mjs", "one")
        await wait(1)
        save(made, "deploy/dev/new/part.mjs", "two")
        await wait(2)

    assert watching(made, story) == ["deploy/dev/new/part.mjs"] * 2


def test_a_file_that_goes_is_told(made: Project) -> None:
    async def story(wait: Wait) -> None:
        (made.root / "deploy/dev/reloader.mjs").unlink()
        await wait(1)

    assert watching(made, story) == ["deploy/dev/reloader.mjs"]


def test_what_is_mounted_and_what_somebody_else_made_anew_is_not(made: Project) -> None:
    async def story(wait: Wait) -> None:
        save(made, "deploy/loa-identity/scheduler.ts", "export {};\n")
        (made.root / ".env.local").write_text("new\n", encoding="utf-8")
        record(made)
        save(made, "deploy/Dockerfile.dev", "new")
        await wait(1)

    told = watching(made, story)
    assert set(told) <= {"deploy/Dockerfile.dev", ".env.local"}
    assert told[-1] == "deploy/Dockerfile.dev"


def test_without_a_record_the_start_counts(made: Project) -> None:
    (made.state_dir / "stack.json").unlink()

    async def story(wait: Wait) -> None:
        save(made, "deploy/Dockerfile.dev", "new")
        await wait(1)

    assert watching(made, story) == ["deploy/Dockerfile.dev"]
