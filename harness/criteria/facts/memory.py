"""The memory that the gateway has: what the kernel says inside, the engine outside, and a trial."""

from concurrent.futures import ThreadPoolExecutor

import psutil

from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import one_off, wait_for_end
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError

__all__ = ["MemoryFacts", "Trial", "observe"]

_GIB = 2**30
_CHUNK = 256 * 2**20
_TRIALS = (14 * _CHUNK, 18 * _CHUNK)  # 3.5 GiB and 4.5 GiB
_PATIENCE = 120.0

# Where each version of cgroups keeps the limit of memory, and the second one beside it: of swap
# alone in version 2, of both together in version 1.
_FILES = {
    2: ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.swap.max"),
    1: (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes",
    ),
}

# A page is taken once something is written to it.
_ALLOCATE = """
const [wanted, chunk] = process.argv.slice(1).map(Number), kept = [];
for (let taken = 0; taken < wanted; taken += chunk) {
  const memory = Buffer.allocUnsafeSlow(chunk);
  for (let at = 0; at < chunk; at += 4096) memory[at] = 1;
  kept.push(memory);
}
console.log("taken", kept.length);
"""


class Trial(Facts):
    """A process in a one-off container that takes memory.

    Attributes:
        wanted: How many bytes it takes.
        ended: Whether it came to an end at all in two minutes.
        lived: Whether it got them and ended by itself.
        killed: Whether the kernel killed it for memory.
    """

    wanted: int
    ended: bool
    lived: bool
    killed: bool


class MemoryFacts(Facts):
    """Limits in bytes; None where there is none.

    Attributes:
        cgroup: The version of cgroups that the container sees; None where it sees none.
        inside: The limit of memory that the container itself sees.
        inside_with_swap: Memory and swap together, as it sees them; None where not limited.
        outside: The limit that the engine has set.
        outside_with_swap: Memory and swap together, as the engine has set them.
        free: How much memory the machine had to give before the trials.
        trials: The trials; none where the machine has too little memory for them.
    """

    cgroup: int | None
    inside: int | None
    inside_with_swap: int | None
    outside: int | None
    outside_with_swap: int | None
    free: int
    trials: tuple[Trial, ...]


def observe(stack: Stack) -> MemoryFacts:
    """Read the limits, then try them with containers that take memory."""
    version, memory, with_swap = _inside(stack)
    host = stack.container.attrs["HostConfig"]
    free = psutil.virtual_memory().available
    return MemoryFacts(
        cgroup=version,
        inside=memory,
        inside_with_swap=with_swap,
        outside=host["Memory"] or None,
        outside_with_swap=host["MemorySwap"] or None,
        free=free,
        trials=_tried(stack, free),
    )


def _inside(stack: Stack) -> tuple[int | None, int | None, int | None]:
    for version, (memory_file, second_file) in _FILES.items():
        found = stack.exec(["cat", memory_file])
        if found.ok:
            memory, second = _number(found.stdout), _number(stack.exec(["cat", second_file]).stdout)
            if version == 1 or memory is None or second is None:
                return version, memory, second
            return version, memory, memory + second
    return None, None, None


def _number(text: str) -> int | None:
    """Return a cgroup's limit; "max" and version 1's huge number stand for none."""
    digits = text.strip()
    number = int(digits) if digits.isdecimal() else None
    return number if number is not None and number < 2**60 else None


def _tried(stack: Stack, free: int) -> tuple[Trial, ...]:
    """Make the trials that there is memory for: side by side, one by one, or none."""
    at_once = len(_TRIALS) if free > sum(_TRIALS) + _GIB else 1
    if free <= max(_TRIALS) + _GIB:
        return ()
    with ThreadPoolExecutor(at_once) as pool:
        return tuple(pool.map(lambda wanted: _try(stack, wanted), _TRIALS))


def _try(stack: Stack, wanted: int) -> Trial:
    command = ["node", "-e", _ALLOCATE, str(wanted), str(_CHUNK)]
    with one_off(stack, command, network=False) as container:
        try:
            state = wait_for_end(container, seconds=_PATIENCE)
        except PollTimeoutError:
            return Trial(wanted=wanted, ended=False, lived=False, killed=False)
    return Trial(
        wanted=wanted,
        ended=True,
        lived=state["ExitCode"] == 0,
        killed=bool(state["OOMKilled"]),
    )
