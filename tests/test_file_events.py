"""Saves are seen where the system has no file events left."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

import pytest
import watchfiles.main
from watchfiles._rust_notify import RustNotify

from harness import file_events as module
from harness.file_events import file_events


@pytest.mark.parametrize(
    "error",
    [
        OSError("OS file watch limit reached. about ['/workspace']"),
        RuntimeError("Error creating recommended watcher: Too many open files (os error 24)"),
    ],
)
def test_files_are_polled_where_no_events_are_left_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def none_left(paths: list[str], debug: bool, polls: bool, *rest: object) -> object:  # noqa: FBT001 -- its own
        if not polls:
            raise error
        return RustNotify(paths, debug, polls, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(watchfiles.main, "RustNotify", none_left)
    monkeypatch.setattr(module, "_EVERY_MS", 20)
    said: list[str] = []

    async def first() -> set[str]:
        options = {"debounce": 20, "rust_timeout": 50, "yield_on_timeout": True}
        async with aclosing(file_events(tmp_path, say=said.append, **options)) as events:
            async for changes in events:
                if "saved.ts" in (names := {Path(path).name for _, path in changes}):
                    return names
                (tmp_path / "saved.ts").write_text(str(time.time()), encoding="utf-8")
        return set()

    assert asyncio.run(asyncio.wait_for(first(), 60)) >= {"saved.ts"}
    (line,) = said
    assert "about [" not in line
    assert "raise fs.inotify.max_user_watches" in line


def test_a_directory_that_is_not_there_is_told_to_whoever_watches(tmp_path: Path) -> None:
    async def watch() -> None:
        async for _ in file_events(tmp_path / "gone", say=pytest.fail):
            pass

    with pytest.raises(FileNotFoundError):
        asyncio.run(watch())
