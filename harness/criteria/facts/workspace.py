"""What a developer finds in the shell: sources, state, logs, and tools that work."""

import uuid
from pathlib import Path

from docker.models.containers import Container

from harness.criteria.facts.developer import Developer, Shell
from harness.criteria.facts.model import Facts
from harness.criteria.facts.mount import SOURCES, target_of
from harness.criteria.facts.shell import TARGET
from harness.criteria.facts.state import KINDS
from harness.docker.stack import Stack

__all__ = ["TOOLS", "WorkspaceFacts", "mounted_state", "observe"]

_COMMIT = "git -c user.name=n -c user.email=e commit -q --allow-empty -m done"

# Each tool does a little work, and prints the second text if it really did. A number would be
# coloured on a terminal, and a long log would be paged.
TOOLS = {
    "node": ("node -e 'console.log(String(6 * 7))'", "42"),
    "tsx": ("echo 'enum A { x = 42 }; console.log(String(A.x))' > probe.ts && tsx probe.ts", "42"),
    "git": (f"git init -q && {_COMMIT} && git --no-pager log -1 --format=%s", "done"),
    "curl": ("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:3000/health", "200"),
}

_LOGS = (
    "find / -xdev -type f -name '*.log' -size +0 -readable"
    " -not -path '*/node_modules/*' -newer /proc/1 2>/dev/null | head -n 20"
)
_STATE = (
    "find / \\( -path /proc -o -path /sys -o -path /dev -o -name node_modules \\) -prune"
    f" -o -type d \\( {' -o '.join(f'-iname {it}' for it in KINDS)} \\) -print 2>/dev/null"
    " | head -n 20"
)


class WorkspaceFacts(Facts):
    """What the shell shows.

    Attributes:
        opened: Whether the shell opened at all.
        sources: Whether a file that was written on the host is listed and read, by directory.
        state: Whether each place that keeps state can be listed: by where it is in the container.
        logs: How many log files that the running environment wrote can be read.
        tools: Whether each tool does its work.
    """

    opened: bool
    sources: dict[str, bool]
    state: dict[str, bool]
    logs: int
    tools: dict[str, bool]


def observe(stack: Stack) -> WorkspaceFacts:
    """Look around in the shell that `make dev-shell` opens."""
    developer = Developer(stack.project, stack.engine)
    with developer.shell(developer.make(TARGET)) as shell:
        if not shell.has_prompt():
            return WorkspaceFacts(opened=False, sources={}, state={}, logs=0, tools={})
        return WorkspaceFacts(
            opened=True,
            sources={source: _reads(shell, stack, source) for source in SOURCES},
            state={it: shell.run(f"ls -A {it}").ok for it in _places(shell, stack)},
            logs=len(shell.run(_LOGS).stdout.split()),
            tools={name: _works(shell, *work) for name, work in TOOLS.items()},
        )


def _reads(shell: Shell, stack: Stack, source: str) -> bool:
    directory = stack.project.root / source
    target = target_of(stack.container, directory)
    if target is None:
        return False
    probe = directory / f"probe-{uuid.uuid4().hex}"
    return _is_shown(shell, probe, str(target))


def _is_shown(shell: Shell, probe: Path, target: str) -> bool:
    wanted = uuid.uuid4().hex
    probe.write_text(wanted, encoding="utf-8")
    try:
        shown = shell.run(f"ls {target}/{probe.name} && cat {target}/{probe.name}")
    finally:
        probe.unlink()
    return shown.ok and wanted in shown.stdout


def _places(shell: Shell, stack: Stack) -> list[str]:
    """Return where state is kept; where nothing is mounted for it, what has its usual names."""
    mounted = mounted_state(stack.container, stack.project.root)
    return mounted or sorted(shell.run(_STATE).stdout.split())


def mounted_state(container: Container, root: Path) -> list[str]:
    """Return the volumes of a container, and what else it may write to that is no source.

    Args:
        container: The container.
        root: The checkout, of which it has sources mounted.
    """
    mounts = container.attrs["Mounts"]
    volumes = [it["Destination"] for it in mounts if it["Type"] == "volume"]
    sources = [root / it for it in SOURCES]
    binds = [it for it in mounts if it["Type"] == "bind" and it["RW"]]
    apart = [it for it in binds if not any(_overlap(Path(it["Source"]), each) for each in sources)]
    return sorted([*volumes, *(it["Destination"] for it in apart)])


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _works(shell: Shell, work: str, expected: str) -> bool:
    done = shell.run(f"(cd $(mktemp -d) && {work})")
    return done.ok and done.stdout.strip().endswith(expected)
