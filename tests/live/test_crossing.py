import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest

from harness.live.client import Reloader
from harness.live.crossing import Crossing
from harness.live.messages import Message, Note
from harness.poll import eventually
from harness.project import Project
from tests.live.attached import PlayedTarget
from tests.live.reloader import PlayedReloader


def tried(
    project: Project,
    played: PlayedReloader,
    story: Callable[[], Awaitable[None]] | None = None,
) -> list[Message]:
    """Return what was said; without a story it must come to an end by itself."""
    told: list[Message] = []

    async def run() -> None:
        target = PlayedTarget(project.root, played.url)
        async with Reloader(played.url) as reloader:
            working = asyncio.create_task(Crossing(target, reloader, told.append).run())
            if story:
                await story()
                working.cancel()
            await asyncio.wait([working], timeout=15)
            assert working.done()
            if not working.cancelled():
                working.result()  # or its error would be nobody's

    asyncio.run(run())
    return told


def changes(played: PlayedReloader) -> list[str]:
    bodies = [body for path, body in played.orders if path == "/changed"]
    return [name for body in bodies for name in body["files"]]


def test_where_events_cross_nothing_is_said_and_nothing_is_left(
    checkout: Project, reloader: PlayedReloader
) -> None:
    before = sorted(checkout.layer.iterdir())
    assert tried(checkout, reloader) == []
    (name,) = set(reloader.sentinels)
    assert name.startswith(".loa-sentinel-")
    assert sorted(checkout.layer.iterdir()) == before
    assert reloader.orders == []


def test_where_they_do_not_that_is_said_and_saves_are_told(
    checkout: Project, reloader: PlayedReloader
) -> None:
    reloader.sees_sentinels = False
    began = time.monotonic()

    async def story() -> None:
        async def told() -> bool:
            # Watching begins a moment after the sentinel is given up.
            (checkout.layer / "scheduler.ts").write_text(str(time.time()), encoding="utf-8")
            return "deploy/loa-identity/scheduler.ts" in changes(reloader)

        await eventually(told, seconds=120, what="the save is told")
        (checkout.layer / "new").mkdir()
        (checkout.layer / "new/file.ts").touch()

        async def both() -> bool:
            return "deploy/loa-identity/new/file.ts" in changes(reloader)

        await eventually(both, seconds=120, what="a file in a new directory is told")

    (note,) = tried(checkout, reloader, story)
    assert isinstance(note, Note)
    assert "do not cross the mount" in note.text
    assert time.monotonic() - began > 2, "the container is given 2 s"
    assert not list(checkout.layer.glob(".loa-sentinel-*"))


def test_the_sentinel_goes_when_somebody_leaves_meanwhile(
    checkout: Project, reloader: PlayedReloader
) -> None:
    reloader.sees_sentinels = False

    async def story() -> None:
        async def asked() -> bool:
            return bool(reloader.sentinels)

        await eventually(asked, seconds=120, what="it asks")
        assert list(checkout.layer.glob(".loa-sentinel-*"))

    tried(checkout, reloader, story)
    assert not list(checkout.layer.glob(".loa-sentinel-*"))


def test_a_container_that_does_not_answer_is_left_alone(
    checkout: Project, reloader: PlayedReloader
) -> None:
    reloader.stop()
    assert tried(checkout, reloader) == []
    assert not list(checkout.layer.glob(".loa-sentinel-*"))


def test_a_save_that_was_not_taken_is_told_again(
    checkout: Project, reloader: PlayedReloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reloader.sees_sentinels = False
    tell = Reloader.changed
    refused: list[Sequence[str]] = []

    async def refuses_once(self: Reloader, files: Sequence[str]) -> None:
        if files and not refused:
            refused.append(files)
            raise httpx.ReadTimeout("too slow")
        await tell(self, files)

    monkeypatch.setattr(Reloader, "changed", refuses_once)
    monkeypatch.setattr("harness.live.crossing._TRY_AGAIN_MS", 200)

    async def story() -> None:
        async def noticed() -> bool:
            if not refused:
                (checkout.layer / "scheduler.ts").write_text(str(time.time()), encoding="utf-8")
            return bool(refused)

        await eventually(noticed, seconds=120, what="a save is told")

        async def told() -> bool:
            return "deploy/loa-identity/scheduler.ts" in changes(reloader)

        await eventually(told, seconds=120, what="it is told again")

    tried(checkout, reloader, story)


@pytest.mark.parametrize("names", [0, 1, 10_001])
def test_a_long_list_is_told_in_parts(reloader: PlayedReloader, names: int) -> None:
    files = [f"deploy/loa-identity/{number}.ts" for number in range(names)]

    async def tell() -> None:
        async with Reloader(reloader.url) as client:
            await client.changed(files)

    asyncio.run(tell())
    assert changes(reloader) == files
    assert len(reloader.orders) == -(-names // 10_000)
