"""What a run of the checks could leave behind: on the engine, in the kernel, among files."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from harness import process
from harness.engine import machine, packages
from harness.engine.daemon import nft
from harness.engine.model import Engine
from harness.paths import cache_dir
from harness.poll import PollTimeoutError, until
from harness.project import Project

__all__ = ["Traces", "left", "look"]

_PATIENCE = 30.0
# Where programs put what they remember, unless they are told another place.
_HOMES = ("", ".cache", ".config", ".local/share", ".local/state")

Traces = frozenset[str]
"""What is there, each thing in words that tell it from any other."""


def look(engine: Engine, projects: Sequence[Project]) -> Traces:
    """Return what is there now: containers, networks, volumes, processes, files, firewall rules.

    Files are those of the checkouts that git would show, and whatever is directly in the directory
    for temporary files or a user's; the cache and pytest's own directory may grow. Processes are
    those that name a checkout or the cache, or work in one.
    """
    roots = [str(it.root) for it in projects]
    return frozenset(
        [
            *_on_engine(engine),
            *_processes([*roots, str(cache_dir())]),
            *_files(),
            *(f"{root}: {line}" for root in roots for line in _changed(root)),
            *(_rules() if engine.own else ()),
        ]
    )


def left(before: Traces, look_again: Callable[[], Traces]) -> tuple[str, ...]:
    """Return what is there and was not, once what is about to end has had the time for it."""
    with suppress(PollTimeoutError):
        until(lambda: look_again() <= before, seconds=_PATIENCE, what="all is as it was", every=1)
    return tuple(sorted(look_again() - before))


def _on_engine(engine: Engine) -> Iterator[str]:
    client = engine.client
    for container in client.containers.list(all=True, ignore_removed=True):
        yield f"container {container.name} {container.short_id}"
    yield from (f"network {it.name} {it.short_id}" for it in client.networks.list())
    yield from (f"volume {it.name}" for it in client.volumes.list())


def _processes(places: Sequence[str]) -> Iterator[str]:
    for it in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*it.cmdline(), it.cwd()]
            if it.pid != os.getpid() and any(place in word for place in places for word in words):
                yield f"process {it.pid} {it.name()} of {it.create_time()}"


def _files() -> Iterator[str]:
    for place in (Path(tempfile.gettempdir()), *(Path.home() / name for name in _HOMES)):
        with suppress(OSError):
            yield from (
                f"file {entry}"
                for entry in place.iterdir()
                if entry != cache_dir() and not entry.name.startswith("pytest-of-")
            )


def _changed(root: str) -> list[str]:
    done = process.run(["git", "-C", root, "status", "--porcelain"], check=False)
    return done.stdout.splitlines()


def _rules() -> Iterator[str]:
    """Yield how many rules each chain has: an engine at work puts some anew, in another order."""
    rules = nft(packages.unpacked(machine.engine_packages())).ruleset()
    found = [it["rule"] for it in rules if "rule" in it]
    counts = Counter(f"{it['family']} {it['table']} {it['chain']}" for it in found)
    yield from (f"{count} firewall rules in {chain}" for chain, count in counts.items())
