"""The files that go over a link: complete, all at once, and with nothing else touched."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.errors import StackError
from harness.poll import eventually
from harness.remote import NEAR
from harness.remote.link import Compared, Link, LostError
from tests.remote.conftest import Ends

Story = Callable[[Link], Awaitable[None]]


def during(ends: Ends, story: Story) -> None:
    async def run() -> None:
        async with ends.link() as link:
            await asyncio.wait_for(story(link), 60)

    asyncio.run(run())


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def tree(directory: Path) -> dict[str, tuple[str, int]]:
    """Return each file's content, or a link's target, and its mode; drafts are no files yet."""
    all_there = (it for it in directory.rglob("*") if not it.name.startswith(".loa-draft-"))
    found = (it for it in all_there if it.is_symlink() or not it.is_dir())
    return {
        str(it.relative_to(directory)): (
            f"-> {it.readlink()}" if it.is_symlink() else it.read_text(encoding="utf-8"),
            it.lstat().st_mode & 0o777,
        )
        for it in found
    }


def names(ends: Ends) -> list[str]:
    return [str(it.relative_to(ends.here)) for it in ends.here.rglob("*") if not it.is_dir()]


def test_all_is_there_as_it_is_here(ends: Ends) -> None:
    write(ends.here / "src/one.ts", "one")
    write(ends.here / "src/deep/er/run.sh", "#!/bin/sh", 0o755)
    write(ends.here / "src/ö $x 'y'.ts", "name")
    write(ends.here / "src/empty", "")
    (ends.here / "src/link").symlink_to("deep/er")
    write(ends.here / "elsewhere.txt", "not synced")
    an_hour_ago = time.time() - 3600
    os.utime(ends.here / "src/one.ts", (an_hour_ago, an_hour_ago))

    async def story(link: Link) -> None:
        files = [*names(ends), "src/link"]
        assert await link.compare(files, []) == Compared(5, 0, 0, [])
        assert tree(ends.layer) == tree(ends.here / "src")
        assert abs((ends.layer / "one.ts").stat().st_mtime - an_hour_ago) < 1
        assert (ends.layer / "deep").stat().st_uid == os.getuid()

    during(ends, story)


def test_what_differs_there_is_replaced_and_said(ends: Ends) -> None:
    write(ends.here / "src/same", "same")
    write(ends.here / "src/other", "here")
    write(ends.here / "src/executable", "run", 0o755)
    write(ends.here / "src/new", "new")
    write(ends.layer / "same", "same")
    write(ends.layer / "other", "there")
    write(ends.layer / "executable", "run", 0o644)
    write(ends.layer / "old/known", "sent before, and deleted here since")
    write(ends.layer / "foreign", "made in the container")
    write(ends.layer / ".loa-sentinel-1", "")  # of one that was killed
    kept = (ends.layer / "same").stat()

    async def story(link: Link) -> None:
        compared = await link.compare(names(ends), ["src/old/known", "src/same", "src/never"])
        assert compared == Compared(1, 2, 1, [str(ends.layer / "foreign")])
        assert str(compared) == (
            "files: 1 copied to the engine, 2 replaced there by this checkout's, 1 removed there"
        )
        assert not (ends.layer / "old").exists()
        assert tree(ends.layer).keys() - tree(ends.here / "src").keys() == {"foreign"}
        again = await link.compare(names(ends), names(ends))
        assert not again.differed

    during(ends, story)
    after = (ends.layer / "same").stat()
    assert (after.st_ino, after.st_ctime_ns) == (kept.st_ino, kept.st_ctime_ns)


def test_nobody_ever_sees_half_a_file(ends: Ends) -> None:
    size, seen, stop = 2_000_000, set(), threading.Event()
    source, target = ends.here / "src/big", ends.layer / "big"

    def look() -> None:
        while not stop.is_set():
            content = target.read_bytes()
            seen.add((len(content), len(set(content))))

    async def story(link: Link) -> None:
        source.write_bytes(b"a" * size)
        await link.send(["src/big"], [])
        reader = threading.Thread(target=look)
        reader.start()
        try:
            for number in range(40):
                source.write_bytes((b"b" if number % 2 else b"a") * size)
                await link.send(["src/big"], [])
        finally:
            stop.set()
            reader.join()

    during(ends, story)
    assert seen == {(size, 1)}


def test_the_same_again_is_no_news(ends: Ends) -> None:
    write(ends.here / "src/one", "one")

    async def story(link: Link) -> None:
        await link.send(["src/one"], [])
        before = (ends.layer / "one").stat()
        await link.send(["src/one"], [])
        after = (ends.layer / "one").stat()
        assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
        assert [it.name for it in ends.layer.iterdir()] == ["one"]

    during(ends, story)


def test_a_file_takes_a_directorys_place_and_the_other_way_round(ends: Ends) -> None:
    async def story(link: Link) -> None:
        write(ends.here / "src/it", "a file")
        await link.send(["src/it"], [])
        (ends.here / "src/it").unlink()
        write(ends.here / "src/it/in/side", "a directory")
        await link.send(["src/it/in/side"], ["src/it"])
        assert (ends.layer / "it/in/side").read_text(encoding="utf-8") == "a directory"
        shutil.rmtree(ends.here / "src/it")
        write(ends.here / "src/it", "a file again")
        await link.send(["src/it"], ["src/it/in/side"])
        assert (ends.layer / "it").read_text(encoding="utf-8") == "a file again"

    during(ends, story)


def test_a_directory_goes_with_its_last_file_but_no_foreign_one(ends: Ends) -> None:
    for name in ("a/b/c", "k/one"):
        write(ends.here / "src" / name, name)

    async def story(link: Link) -> None:
        await link.send(["src/a/b/c", "src/k/one"], [])
        write(ends.layer / "k/foreign", "made there")
        await link.send([], ["src/a/b/c", "src/k/one", "src/never/there"])
        assert list(tree(ends.layer)) == ["k/foreign"]
        assert not (ends.layer / "a").exists()
        assert ends.layer.exists()

    during(ends, story)


def test_a_directory_in_a_directory_has_a_volume_of_its_own(ends: Ends, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    both = replace(ends, there={**ends.there, tmp_path / "inner": "src/inner"})
    write(ends.here / "src/inner/file", "x")

    async def story(link: Link) -> None:
        await link.send(["src/inner/file"], [])
        assert list(tree(ends.layer)) == ["inner/file"]
        assert list(tree(tmp_path / "inner")) == ["file"]

    during(both, story)


def test_what_is_gone_meanwhile_is_left_out(ends: Ends) -> None:
    write(ends.here / "src/there", "x")

    async def story(link: Link) -> None:
        await link.send(["src/there", "src/gone", "src"], [])
        assert list(tree(ends.layer)) == ["there"]

    during(ends, story)


def test_what_cannot_be_written_is_said_and_the_link_goes_on(ends: Ends) -> None:
    write(ends.here / "src/one", "x")

    async def story(link: Link) -> None:
        ends.layer.rmdir()
        with pytest.raises(StackError, match=r"cannot be copied to the engine: ENOENT.*there"):
            await link.send(["src/one"], [])
        ends.layer.mkdir()
        await link.send(["src/one"], [])
        assert list(tree(ends.layer)) == ["one"]

    during(ends, story)


def test_drafts_of_a_far_end_that_was_killed_go(ends: Ends) -> None:
    for name, age in (("old", 3600), ("young", 0)):
        write(ends.layer / f".loa-draft-{name}", "x")
        at = time.time() - age
        os.utime(ends.layer / f".loa-draft-{name}", (at, at))
    # Drafts of links lead nowhere, for they are not at their places.
    for name, age in (("old-link", 3600), ("young-link", 0)):
        draft = ends.layer / f".loa-draft-{name}"
        draft.symlink_to("er/nowhere")
        os.utime(draft, (time.time() - age,) * 2, follow_symlinks=False)

    async def story(link: Link) -> None:
        assert await link.compare([], []) == Compared(0, 0, 0, [])
        left = {".loa-draft-young", ".loa-draft-young-link"}
        assert {it.name for it in ends.layer.iterdir()} == left

    during(ends, story)


def test_whoever_waits_is_told_that_the_link_is_lost(ends: Ends) -> None:
    async def story(link: Link) -> None:
        (near,) = (it for it in psutil.Process().children() if str(NEAR) in it.cmdline())
        (far,) = near.children()
        far.suspend()
        waiting = asyncio.create_task(link.compare([], []))
        far.kill()
        with pytest.raises(LostError, match="the link to the engine has ended"):
            await waiting
        with pytest.raises(LostError):
            await link.ended()

    during(ends, story)


def test_whoever_asks_later_is_told_too(ends: Ends) -> None:
    async def story(link: Link) -> None:
        (near,) = (it for it in psutil.Process().children() if str(NEAR) in it.cmdline())
        near.kill()
        with pytest.raises(LostError):
            await link.ended()
        with pytest.raises(LostError, match="the link to the engine has ended"):
            await asyncio.wait_for(link.compare([], []), 10)

    during(ends, story)


def test_nothing_is_left_of_a_link(ends: Ends) -> None:
    async def run() -> None:
        before = {it.pid for it in psutil.Process().children(recursive=True)}
        async with ends.link():
            children = psutil.Process().children(recursive=True)
            both = [it for it in children if it.pid not in before]
            assert len(both) == 2

        async def gone() -> bool:
            return not any(it.is_running() and it.status() != "zombie" for it in both)

        await eventually(gone, seconds=120, what="both ends have ended")

    asyncio.run(run())
