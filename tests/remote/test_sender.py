"""Saves that are sent as they happen, and what was deleted while nobody was there."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable

import pytest

from harness.poll import eventually
from harness.project import Project
from harness.remote.files import recall
from harness.remote.link import Link
from harness.remote.sender import Sender
from tests.remote.conftest import Ends
from tests.remote.test_link import tree, write

ENGINE = "an engine"
SOON = 120.0


@pytest.fixture
def project(ends: Ends) -> Project:
    write(ends.here / "harness.toml", '[probe]\nfile = "src/scheduler.ts"\n')
    write(ends.here / ".gitignore", "node_modules/\n.loa-sentinel-*\n.harness/\n")
    write(ends.here / "src/scheduler.ts", "one")
    subprocess.run(["git", "init", "--quiet", ends.here], check=True)
    return Project(ends.here)


def sending(
    ends: Ends, project: Project, story: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Send everything, then each save while the story goes on."""

    async def run() -> None:
        async with ends.link() as link:
            sender = Sender(project, ends.there.values(), ENGINE, link)
            await sender.all()
            following = asyncio.create_task(sender.follow())
            if story:
                await asyncio.wait_for(story(), 60)
            following.cancel()
            await asyncio.wait([following])

    asyncio.run(run())


async def until_same(ends: Ends) -> None:
    async def same() -> bool:
        here = {name: it for name, it in tree(ends.here / "src").items() if "node_mod" not in name}
        return tree(ends.layer) == here

    await eventually(same, seconds=SOON, what="it is there as it is here")


def test_each_kind_of_save_is_sent(ends: Ends, project: Project) -> None:
    source = ends.here / "src"

    async def story() -> None:
        write(source / "scheduler.ts", "two")
        await until_same(ends)
        write(source / "new/deep/file.ts", "new")
        await until_same(ends)
        write(source / "draft", "three")
        (source / "draft").replace(source / "scheduler.ts")
        await until_same(ends)
        (source / "new").rename(source / "moved")
        await until_same(ends)
        (source / "scheduler.ts").chmod(0o755)
        await until_same(ends)
        shutil.rmtree(source / "moved")
        await until_same(ends)

    sending(ends, project, story)


def test_a_thousand_files_at_once_are_sent(ends: Ends, project: Project) -> None:
    async def story() -> None:
        for number in range(1_000):
            write(ends.here / f"src/many/{number % 7}/{number}.ts", str(number))
        await until_same(ends)

    sending(ends, project, story)


def test_what_git_ignores_is_not_sent_but_a_sentinel_is(ends: Ends, project: Project) -> None:
    async def story() -> None:
        write(ends.here / "src/node_modules/x/index.ts", "ignored")
        write(ends.here / "src/.loa-sentinel-1", "")
        await until_same(ends)
        assert ".loa-sentinel-1" in tree(ends.layer)
        (ends.here / "src/.loa-sentinel-1").unlink()
        await until_same(ends)

    sending(ends, project, story)


def test_what_is_deleted_while_nobody_is_attached_goes_later(ends: Ends, project: Project) -> None:
    write(ends.here / "src/old.ts", "old")
    sending(ends, project)
    assert recall(project, ENGINE) == ["src/old.ts", "src/scheduler.ts"]
    assert recall(project, "another engine") == []
    (ends.here / "src/old.ts").unlink()
    write(ends.layer / "foreign", "made there")
    sending(ends, project)
    assert sorted(tree(ends.layer)) == ["foreign", "scheduler.ts"]


def test_a_memory_that_is_damaged_is_none(project: Project) -> None:
    for text in ("{", "[]", json.dumps({ENGINE: 7})):
        write(project.state_dir / "sent.json", text)
        assert recall(project, ENGINE) == []


def test_trouble_is_said_once_and_gets_over(
    ends: Ends,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    aside, send, tries = ends.layer.with_name("aside"), Link.send, list[str]()

    async def counted(link: Link, changed: list[str], gone: list[str]) -> None:
        try:
            await send(link, changed, gone)
        finally:
            tries.append(f"try {len(tries)}")
            write(ends.here / "src/scheduler.ts", tries[-1])  # so that there is a next one

    async def tried_again() -> bool:
        return len(tries) > 3

    async def story() -> None:
        ends.layer.rename(aside)
        write(ends.here / "src/scheduler.ts", "two")
        await eventually(tried_again, seconds=SOON, what="it is tried again")
        monkeypatch.setattr(Link, "send", send)
        aside.rename(ends.layer)
        write(ends.here / "src/scheduler.ts", "three")
        await until_same(ends)

    monkeypatch.setattr(Link, "send", counted)
    sending(ends, project, story)
    assert capsys.readouterr().err.count("cannot be copied to the engine") == 1


def test_a_checkout_without_git_is_sent_too(ends: Ends, project: Project) -> None:
    shutil.rmtree(ends.here / ".git")
    write(ends.here / "src/node_modules/x.ts", "never")
    sending(ends, project)
    assert list(tree(ends.layer)) == ["scheduler.ts"]
