"""A save that raises no event: through a memory map, of which the kernel tells nobody.

So it is where the files are another machine's, as with some mounts on macOS and Windows.
"""

import mmap
import time
from collections.abc import Iterable
from contextlib import suppress

from harness.criteria.facts.documents import Section, sections
from harness.criteria.facts.model import Facts
from harness.criteria.facts.probe import Probe
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = ["QuietSaveFacts", "observe"]

_PATIENCE = 30.0
_SYSTEMS = ("macos", "mac os", "docker desktop")
_FLAGS = ("cached", "delegated", "virtiofs", "synchronized file share", "mutagen", "grpc fuse")
_ELSEWHERE = ("linux", "dev container", "devcontainer", "codespace", "remote", "virtual machine")


class QuietSaveFacts(Facts):
    """What came of such a save, and what the documents say of slow mounts.

    Attributes:
        seconds: From the save to the first answer that carried it; None where none did.
        flags: Where a document names ways of mounting beside macOS.
        alternatives: Where one names a way around that, on Linux, beside macOS.
    """

    seconds: float | None
    flags: tuple[str, ...]
    alternatives: tuple[str, ...]


def observe(stack: Stack) -> QuietSaveFacts:
    """Save without an event, and read the documents."""
    told = [it for it in sections(stack.project) if it.has(_SYSTEMS)]
    return QuietSaveFacts(
        seconds=_save(Probe(stack).answering()),
        flags=_names(it for it in told if it.has(_FLAGS)),
        alternatives=_names(it for it in told if it.has(_ELSEWHERE)),
    )


def _save(probe: Probe) -> float | None:
    with probe.kept():
        before = probe.value()
        probe.save(probe.edited())
        before = probe.wait_for_other(before, seconds=_PATIENCE)
        # Closing it would raise an event, so it stays open until another file has its name.
        with probe.path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
            started = time.monotonic()
            content[-2:-1] = b"0" if content[-2:-1] != b"0" else b"1"
            content.flush()
            found = _wait(probe, before)
            seconds = round(time.monotonic() - started, 3) if found else None
            probe.save(probe.edited())
    return seconds


def _wait(probe: Probe, before: str | None) -> bool:
    with suppress(PollTimeoutError):
        until(lambda: probe.value() not in {None, before}, seconds=_PATIENCE, what="it is served")
        return True
    return False


def _names(found: Iterable[Section]) -> tuple[str, ...]:
    return tuple(sorted({it.document for it in found}))
