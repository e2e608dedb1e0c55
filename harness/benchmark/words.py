"""A comparison in words and numbers, as table and picture share them."""

from harness.benchmark.figures import Figures
from harness.benchmark.one_stage import OneStage
from harness.benchmark.result import Comparison, Entry

__all__ = ["failed", "lost", "ranked", "when", "when_broken"]


def ranked(found: Comparison) -> list[Entry]:
    """Return the contestants, the quickest first; one that never served a save comes last."""
    return sorted(found.entries, key=lambda it: (it.median is None, it.median or 0.0))


def failed(entry: Entry) -> str:
    """Return how many requests failed."""
    return f"{entry.failed:,} of {entry.asked:,}"


def lost(served: int, saves: int) -> str:
    """Return how many of the saves were never served; empty if none was lost."""
    return f"{saves - served} of {saves} lost" if served < saves else ""


def when(found: Comparison | Figures | OneStage) -> str:
    """Return when and where it took place."""
    machine = found.machine
    processor = f"{machine.cpus}x {found.processor or machine.architecture}"
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
    kernel = ".".join(machine.kernel.split(".")[:2])
    return f"{found.at:%Y-%m-%d}, {processor}, {memory}, {machine.system} {kernel}"


def when_broken(entry: Entry) -> str:
    """Return what becomes of requests while the last save has a syntax error, and after it."""
    broken = entry.broken
    if entry.median is None or broken is None:
        return "-"
    if broken.serves_on:
        return "serves on"
    return "never mended" if broken.seconds is None else f"{broken.failed} of {broken.asked} failed"
