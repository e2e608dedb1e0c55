"""Check one tree again and again, half of the time beside busy loops, and compare the verdicts.

python -m harness.agreement RECORD --quiet 15 --busy 15

Rounds are added to those that RECORD holds already, so a long series can be played in pieces. The
status is 0 if no verdict differs, and 1 if one does.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from harness import tracked
from harness.agreement.play import LOOPS, play
from harness.agreement.record import Agreement
from harness.agreement.words import lines
from harness.console import log
from harness.criteria.environment import Checkout, Machine
from harness.errors import ConfigError, ExitStatus, HarnessError
from harness.project import Project

_CHOSEN = ("--quick",)


def main(arguments: list[str]) -> int:
    """Play the rounds that are asked for, and say what differs in all that the record holds."""
    wanted = _parsed(arguments)
    project = Project.find(wanted.project)
    found = _begin(project, wanted.record)
    for number, loops in enumerate(turns(wanted.quiet, wanted.busy), 1):
        with log.step(f"round {number} of {wanted.quiet + wanted.busy}, {loops} busy loops"):
            found = found.with_round(play(project, _CHOSEN, loops))
        found.write(wanted.record)
    for line in lines(found):
        log.say(line)
    return ExitStatus.FAILED if found.differences() else ExitStatus.OK


def turns(quiet: int, busy: int) -> Iterator[int]:
    """Yield how many loops run beside each round: quiet and busy ones take turns."""
    for number in range(max(quiet, busy)):
        yield from [0] if number < quiet else []
        yield from [LOOPS] if number < busy else []


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m harness.agreement")
    parser.add_argument("record", type=Path, help="the JSON file that keeps the rounds")
    parser.add_argument("--quiet", type=int, default=0, help="how many with nothing beside them")
    parser.add_argument("--busy", type=int, default=0, help=f"how many beside {LOOPS} busy loops")
    parser.add_argument("--project", type=Path, help="the checkout; this one if left out")
    return parser.parse_args(arguments)


def _begin(project: Project, record: Path) -> Agreement:
    new = Agreement(
        tree=_tree(project, record.resolve()),
        revision=Checkout.observe(project).revision,
        chosen=_CHOSEN,
        machine=Machine.observe(),
    )
    old = Agreement.read(record)
    if old is not None and not new.continues(old):
        raise ConfigError(
            f"{record}: its rounds are of another tree or machine", "name another file"
        )
    return old or new


def _tree(project: Project, record: Path) -> str:
    """Hash the sources; the record itself grows with each round."""
    digest = hashlib.sha256()
    for name in sorted(tracked.files(project.root)):
        path = project.root / name
        if path.is_file() and path != record:
            digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except HarnessError as error:
        log.error(error)
        sys.exit(error.exit_status)
