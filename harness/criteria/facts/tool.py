"""What the development image adds: entr restarts a command, tsx runs TypeScript."""

import uuid

from docker.models.containers import Container

from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import exec_in, one_off
from harness.docker.stack import Stack

__all__ = ["ToolFacts", "observe"]

# A command that goes on for ever is started, the file changes, and it must be started again.
# Each wait ends after 5 s at the latest.
_ENTR = """
set -eu
cd "$(mktemp -d)"
printf 1 > watched; : > runs
echo watched | entr -n -r sh -c 'echo run >> runs; exec sleep 60' >/dev/null 2>&1 &
watcher=$!
runs() { wc -l < runs; }
wait_for() { i=0; while [ "$(runs)" -lt "$1" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done; }
wait_for 1; before=$(runs)
printf 2 > watched
wait_for 2; after=$(runs)
kill $watcher
echo $before $after
"""

# An enum is code that only a TypeScript compiler makes: taking the types away is not enough.
_SOURCE = """
enum Word { Zero, One, Two }
const told: { word: Word; marker: string } = { word: Word.Two, marker: process.argv[2]! };
console.log(JSON.stringify(told));
"""


class ToolFacts(Facts):
    """What the tools did, in a container without network.

    Attributes:
        network: Whether the container had a network after all.
        runs_before: How often entr had run its command before the file changed.
        runs_after: How often after.
        tsx_status: tsx's exit status.
        tsx_output: Whether tsx printed what the source says.
    """

    network: bool
    runs_before: int
    runs_after: int
    tsx_status: int
    tsx_output: bool


def observe(stack: Stack) -> ToolFacts:
    """Use both tools in a container of their own."""
    with one_off(stack, ["sleep", "600"], network=False) as container:
        before, after = _use_entr(container)
        status, told = _use_tsx(container)
        networks = container.attrs["HostConfig"]["NetworkMode"]
    return ToolFacts(
        network=networks != "none",
        runs_before=before,
        runs_after=after,
        tsx_status=status,
        tsx_output=told,
    )


def _use_entr(container: Container) -> tuple[int, int]:
    words = exec_in(container, "sh", "-c", _ENTR).stdout.split()
    if len(words) != 2 or not all(word.isdecimal() for word in words):  # noqa: PLR2004 -- a pair
        return 0, 0
    return int(words[0]), int(words[1])


def _use_tsx(container: Container) -> tuple[int, bool]:
    marker = uuid.uuid4().hex
    script = 'f=$(mktemp -d)/probe.ts; printf %s "$1" > "$f"; exec tsx "$f" "$2"'
    done = exec_in(container, "sh", "-c", script, "sh", _SOURCE, marker)
    return done.status, done.stdout.strip() == f'{{"word":2,"marker":"{marker}"}}'
