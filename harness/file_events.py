"""File events, and a look now and then where the kernel has no more of them to give."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from watchfiles import Change, awatch

__all__ = ["file_events"]

_EVERY_MS = 1_000
_SAID = (
    "the system has no file events left ({error}): files are looked at every second instead; "
    "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"
)


async def file_events(
    *paths: Path,
    say: Callable[[str], None],
    **options: Any,  # noqa: ANN401 -- awatch's own
) -> AsyncGenerator[set[tuple[Change, str]], None]:
    """Yield what happens to files, as `watchfiles.awatch` does.

    Editors and other watchers share the system's limits with this one; once they are reached,
    files are polled.

    Args:
        paths: Files and directories.
        say: Called with one line if they are polled.
        options: As awatch takes them.

    Raises:
        FileNotFoundError: One of them is not there.
        PermissionError: One of them may not be read.
    """
    try:
        async with aclosing(awatch(*paths, **options)) as events:
            async for changes in events:
                yield changes
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, RuntimeError) as error:  # the latter is what watchfiles' own error is
        say(_SAID.format(error=str(error).partition(" about [")[0]))
    polled = awatch(*paths, force_polling=True, poll_delay_ms=_EVERY_MS, **options)
    async with aclosing(polled) as looks:
        async for changes in looks:
            yield changes
