"""Check one tree again and again, beside this and that, and compare what came of it.

python -m harness.agreement RECORD --quiet 15 --busy 15
python -m harness.agreement RECORD --all --quiet 3 --busy 5 --paired 1 --beside OTHER-CHECKOUT

Rounds are added to those that RECORD holds already, so a long series can be played in pieces. The
status is 0 if no verdict differs and nothing was left behind, else 1.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from harness import tracked
from harness.agreement import traces
from harness.agreement.play import LOOPS, play
from harness.agreement.record import Agreement, Kind, Round
from harness.agreement.words import lines
from harness.console import log
from harness.criteria.environment import Checkout, Machine
from harness.engine.model import Engine
from harness.errors import ConfigError, ExitStatus, HarnessError, UsageError
from harness.fixtures.engine import engine
from harness.project import Project

_QUICK = ("--quick",)


def main(arguments: list[str]) -> int:
    """Play the rounds that are asked for, and say what differs in all that the record holds."""
    wanted = _parsed(arguments)
    found = _begin(wanted)
    with engine() as there:
        for kind in turns({it: getattr(wanted, it.name.lower()) for it in Kind}):
            with log.step(f"a round, {kind}"):
                rounds = _played(there, _checkouts(wanted, kind), found.chosen, kind)
            for it in rounds:
                found = found.with_round(it)
            found.write(wanted.record)
    for line in lines(found):
        log.say(line)
    return ExitStatus.FAILED if found.differences() or found.left() else ExitStatus.OK


def turns(counts: Mapping[Kind, int]) -> Iterator[Kind]:
    """Yield what goes on beside each round: the kinds take turns."""
    for number in range(max(counts.values())):
        yield from (kind for kind, count in counts.items() if number < count)


def _played(
    there: Engine, checkouts: Sequence[Project], chosen: Sequence[str], kind: Kind
) -> list[Round]:
    """Play a round in each of these checkouts, all at once."""
    look = partial(traces.look, there, checkouts)
    before = look()
    one = partial(
        play, chosen=chosen, loops=LOOPS * (kind is Kind.BUSY), paired=kind is Kind.PAIRED
    )
    with ThreadPoolExecutor(len(checkouts)) as pool:
        rounds = list(pool.map(one, checkouts))
    return [it.model_copy(update={"left": traces.left(before, look)}) for it in rounds]


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m harness.agreement")
    parser.add_argument("record", type=Path, help="the JSON file that keeps the rounds")
    parser.add_argument("--quiet", type=int, default=0, help="how many with nothing beside them")
    parser.add_argument("--busy", type=int, default=0, help=f"how many beside {LOOPS} busy loops")
    parser.add_argument("--paired", type=int, default=0, help="how often both checkouts at once")
    parser.add_argument("--beside", type=Path, help="the other one, of the same tree, for --paired")
    parser.add_argument("--project", type=Path, help="the checkout; this one if left out")
    parser.add_argument("--all", action="store_true", help="all checks, not the quick part")
    wanted = parser.parse_args(arguments)
    if wanted.paired and not wanted.beside:
        raise UsageError("--paired takes two checkouts", "name the other one with --beside")
    return wanted


def _checkouts(wanted: argparse.Namespace, kind: Kind) -> list[Project]:
    places = [wanted.project, *([wanted.beside] if kind is Kind.PAIRED else [])]
    return [Project.find(it) for it in places]


def _begin(wanted: argparse.Namespace) -> Agreement:
    record = wanted.record
    project, *others = _checkouts(wanted, Kind.PAIRED if wanted.paired else Kind.QUIET)
    grows = os.path.relpath(record.resolve(), project.root)
    new = Agreement(
        tree=_tree(project, grows),
        revision=Checkout.observe(project).revision,
        chosen=() if wanted.all else _QUICK,
        machine=Machine.observe(),
    )
    if project in others:
        raise ConfigError(f"{wanted.beside}: that is the checkout itself", "name another one")
    if any(_tree(it, grows) != new.tree for it in others):
        raise ConfigError(f"{wanted.beside}: its tree is another", "give it the same commit")
    old = Agreement.read(record)
    if old is not None and not new.continues(old):
        raise ConfigError(
            f"{record}: its rounds are of another tree or machine", "name another file"
        )
    return old or new


def _tree(project: Project, grows: str) -> str:
    """Hash the sources without one file, the record that grows with each round."""
    digest = hashlib.sha256()
    for name in sorted(tracked.files(project.root)):
        path = project.root / name
        if path.is_file() and str(name) != grows:
            digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except HarnessError as error:
        log.error(error)
        sys.exit(error.exit_status)
