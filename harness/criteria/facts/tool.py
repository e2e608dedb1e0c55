"""What the development image adds: entr restarts a command, tsx runs TypeScript."""

import uuid

from docker.models.containers import Container

from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import exec_in, one_off
from harness.docker.stack import Stack

__all__ = ["ToolFacts", "observe"]

# A command that goes on for ever is started, and must be started again when the file changes, and
# only then. entr misses a change in the moment in which it starts its command, so the file may have
# to be changed more than once. Each wait ends after 10 s at the latest.
_ENTR = """
set -eu
cd "$(mktemp -d)"
echo 0 > watched; : > runs
echo watched | entr -n -r sh -c 'echo run >> runs; exec sleep 60' >/dev/null 2>&1 &
watcher=$!
runs() { wc -l < runs; }
wait_for() {
  i=0
  while [ "$(runs)" -lt "$1" ] && [ $i -lt "$2" ]; do sleep 0.05; i=$((i+1)); done
}
wait_for 1 200; wait_for 2 10; before=$(runs)
changes=0
while [ "$(runs)" -le "$before" ] && [ $changes -lt 10 ]; do
  changes=$((changes+1)); echo $changes >> watched; wait_for $((before+1)) 20
done
wait_for $((before+2)) 10; after=$(runs)
kill $watcher
echo $before $changes $after
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
        changes: How often the file was changed until the command ran again.
        runs_after: How often the command had run then.
        tsx_status: tsx's exit status.
        tsx_output: Whether tsx printed what the source says.
    """

    network: bool
    runs_before: int
    changes: int
    runs_after: int
    tsx_status: int
    tsx_output: bool


def observe(stack: Stack) -> ToolFacts:
    """Use both tools in a container of their own."""
    with one_off(stack, ["sleep", "600"], network=False) as container:
        before, changes, after = _use_entr(container)
        status, told = _use_tsx(container)
        networks = container.attrs["HostConfig"]["NetworkMode"]
    return ToolFacts(
        network=networks != "none",
        runs_before=before,
        changes=changes,
        runs_after=after,
        tsx_status=status,
        tsx_output=told,
    )


def _use_entr(container: Container) -> tuple[int, int, int]:
    words = exec_in(container, "sh", "-c", _ENTR).stdout.split()
    try:
        before, changes, after = (int(word) for word in words)
    except ValueError:
        return 0, 0, 0
    return before, changes, after


def _use_tsx(container: Container) -> tuple[int, bool]:
    marker = uuid.uuid4().hex
    script = 'f=$(mktemp -d)/probe.ts; printf %s "$1" > "$f"; exec tsx "$f" "$2"'
    done = exec_in(container, "sh", "-c", script, "sh", _SOURCE, marker)
    return done.status, done.stdout.strip() == f'{{"word":2,"marker":"{marker}"}}'
