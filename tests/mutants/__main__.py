"""`python -m tests.mutants`: mutants of this repository's own files, and who catches them."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from harness.cloudflare.packages import install_packages
from harness.engine.clients import prepare
from harness.fixtures.editor import install_types
from harness.project import Project
from tests.mutants import survivors
from tests.mutants.apart import go_on_apart, is_apart
from tests.mutants.equivalents import reason
from tests.mutants.guards import is_dangerous, is_slow
from tests.mutants.judge import asked_of, warm
from tests.mutants.mutant import Mutant
from tests.mutants.rules import mutants
from tests.mutants.run import Outcome, run, sample
from tests.mutants.table import table

LONGEST_REASON = 3_000
"""Characters of what a guard printed: the end, where programs say what is wrong."""

EVERY = 30.0
"""Seconds between two lines that say how far it is."""

ROOT = Path(__file__).resolve().parents[2]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument(
        "--count", type=int, default=10**6, help="how many; all of them if not given"
    )
    parser.add_argument("--skip", type=int, default=0, help="of those, not so many at first")
    parser.add_argument("--file", default="*", help="a pattern of files")
    parser.add_argument("--rule", default="*", help="a pattern of rules")
    parser.add_argument("--quick", action="store_true", help="none that takes seconds")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--control", action="store_true", help="each file as it is: none is caught")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least", type=float, default=0.95, help="what part must be caught")
    return parser.parse_args()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Judge mutants; 1 if too few are caught, or one survives that nobody has explained."""
    asked = options()
    wanted = [
        it for it in mutants(ROOT) if fnmatch(it.file, asked.file) and fnmatch(it.rule, asked.rule)
    ]
    meaning, equivalent = split(wanted)
    if not chosen(meaning, asked):
        sys.stderr.write("no mutant matches; see --list\n")
        return 2
    if asked.list:
        return listed(chosen(meaning, asked), len(meaning), asked.seed)
    if not is_apart():
        make_ready()
        status = go_on_apart("tests.mutants")
        if status is not None:
            return status
        say("no place apart on this machine: what removes files by itself is left out")
        meaning = [it for it in meaning if not is_dangerous(it.file)]
    warm(ROOT)
    if asked.control:
        return controlled(chosen(meaning, asked), asked.jobs)
    wanted = chosen(meaning, asked)
    return judged(list(told(run(ROOT, wanted, asked.jobs), len(wanted))), equivalent, asked.least)


def chosen(meaning: list[Mutant], asked: argparse.Namespace) -> list[Mutant]:
    """Return those that are asked for."""
    quick = [it for it in meaning if not (asked.quick and is_slow(it.file))]
    return sample(quick, asked.count, asked.seed)[asked.skip :]


def listed(found: list[Mutant], of: int, seed: int) -> int:
    """Say which there are."""
    for it in found:
        say(f"{it.file}:{it.line}: {it.rule}: {it.change}")
    say(f"{len(found)} of {of} mutants, seed {seed}")
    return 0


def make_ready() -> None:
    """Install what judging needs; in a place apart nothing can be."""
    install_packages(ROOT / "deploy/cloudflare")
    install_types(Project(ROOT))
    prepare()


def controlled(chosen: list[Mutant], jobs: int) -> int:
    """Ask each guard about a file as it is, with which nobody may find fault."""
    files = {it.file for it in chosen}
    names = covering({it: set(asked_of(ROOT, it)) for it in files})
    same = [Mutant("none", it, 1, "", "", (ROOT / it).read_text(encoding="utf-8")) for it in names]
    blamed = [it for it in run(ROOT, same, jobs) if it.found.by]
    for it in blamed:
        say(f"{it.mutant.file} as it is: {it.found.by}: {it.found.why[-LONGEST_REASON:]}")
    said = f"{len(files)} files as they are, all their guards asked by way of {len(names)}"
    say(f"{said}, {len(blamed)} blamed")
    return int(bool(blamed) or not names)


def covering(asked: dict[str, set[str]]) -> list[str]:
    """Return files that together have every guard asked, those with the most first.

    Of a tree that nobody changed one answer is as good as another, whichever file it is asked for.
    """
    known: set[str] = set()
    chosen = []
    for name in sorted(asked, key=lambda it: (-len(asked[it]), it)):
        if not asked[name] <= known:
            chosen.append(name)
            known |= asked[name]
    return chosen


def told(outcomes: Iterator[Outcome], of: int) -> Iterator[Outcome]:
    """Hand outcomes on, say now and then how many have come, and of each that lives which it is."""
    began = said = time.monotonic()
    alive = 0
    for count, it in enumerate(outcomes, start=1):
        alive += not it.found.by
        if not it.found.by:  # now, or who ends it after half an hour knows nothing
            sys.stderr.write(f"alive: line {it.mutant.line}: {it.mutant.key}\n")
        yield it
        now = time.monotonic()
        if now - said >= EVERY and count < of:
            said = now
            left = (now - began) / count * (of - count)
            sys.stderr.write(f"{count} of {of} judged, {alive} alive, {left / 60:.0f} min to go\n")


def judged(outcomes: list[Outcome], equivalent: Counter[str], least: float) -> int:
    """Say what became of them."""
    for line in table(outcomes, equivalent):
        say(line)
    alive = [it.mutant.key for it in outcomes if not it.found.by]
    unexplained = [it for it in alive if it not in survivors.explained()]
    for it in unexplained:
        say(f"not explained in survivors.toml: {it}")
    seconds: dict[str, float] = {}
    for one in sorted(outcomes, key=lambda it: -it.seconds):
        seconds.setdefault(one.mutant.file, one.seconds)
    if len(seconds) > 1:
        longest = [f"{it:.1f} s {file}" for file, it in seconds.items()][:3]
        say(f"slowest: {', '.join(longest)}")
    caught = 1 - len(alive) / len(outcomes)
    return int(caught < least or bool(unexplained))


def split(found: list[Mutant]) -> tuple[list[Mutant], Counter[str]]:
    """Part those that change a meaning from the others, which are counted by their reasons."""
    texts = {it.file: (ROOT / it.file).read_text(encoding="utf-8") for it in found}
    reasons = {id(it): reason(it, texts[it.file]) for it in found}
    return [it for it in found if not reasons[id(it)]], Counter(filter(None, reasons.values()))


if __name__ == "__main__":
    sys.exit(main())
