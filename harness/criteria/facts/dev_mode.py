"""Whether the recovery engine runs, by start script and BEAUVOIR_DEV_MODE.

What recovery is for is observed, not what it prints: each script starts with nothing under
grimoires/. Where recovery runs, it brings identity state back there.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from docker.models.containers import Container

from harness.criteria.facts.model import Facts
from harness.criteria.facts.mount import target_of
from harness.criteria.facts.one_off import one_off
from harness.criteria.facts.serving import LOOKS, serving
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = [
    "DEVELOPMENT",
    "PRODUCTION",
    "STATE",
    "VARIABLE",
    "DevModeFacts",
    "Start",
    "find_script",
    "has_files",
    "observe",
    "state_of_its_own",
    "watch",
]

VARIABLE = "BEAUVOIR_DEV_MODE"
PRODUCTION, DEVELOPMENT = "start-loa.sh", "start-loa-dev.sh"
STATE = "grimoires"
_CASES = tuple(
    (script, value) for script in (PRODUCTION, DEVELOPMENT) for value in ("1", "0", None)
)
_AT_ONCE = 2
# Two gateways at once, beside the one of the stack.
_PATIENCE = 120.0
_AFTER_SERVING = 0.5


class Start(Facts):
    """One start of one script.

    Attributes:
        script: The script's name; whether the image has it is for `path` to say.
        path: Where it is in the image; None where it is not.
        value: The variable's value; None where it is unset, the image's own default too.
        recovered: Whether identity state came back under grimoires/.
        served: Whether the gateway answered; whatever only takes connections does not count.
    """

    script: str
    path: str | None
    value: str | None
    recovered: bool
    served: bool


class DevModeFacts(Facts):
    """Every start.

    Attributes:
        mounted: Whether the container has a place for grimoires/ at all.
    """

    mounted: bool
    starts: tuple[Start, ...]


def observe(stack: Stack) -> DevModeFacts:
    """Start each script with each value, in containers of their own."""
    target = target_of(stack.container, stack.project.root / STATE)
    if target is None:
        return DevModeFacts(mounted=False, starts=())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        starts = pool.map(lambda it: _start(stack, str(target), *it), _CASES)
        return DevModeFacts(mounted=True, starts=tuple(starts))


def _start(stack: Stack, target: str, script: str, value: str | None) -> Start:
    path = find_script(stack, script)
    if path is None:
        return Start(script=script, path=None, value=value, recovered=False, served=False)
    command = _command(path, value)
    with (
        state_of_its_own(stack) as state,
        one_off(stack, command, binds={target: str(state)}) as container,
    ):
        recovered, served = watch(container, state)
    return Start(script=script, path=path, value=value, recovered=recovered, served=served)


@contextmanager
def state_of_its_own(stack: Stack) -> Iterator[Path]:
    """Make an empty directory that anybody may write to, to be mounted as grimoires/."""
    with tempfile.TemporaryDirectory(dir=stack.project.state_dir) as name:
        Path(name).chmod(0o777)
        yield Path(name)


def find_script(stack: Stack, script: str) -> str | None:
    """Return where a script is in the image; None where it is not."""
    look = f"command -v {script} || find / -xdev -type f -name {script} 2>/dev/null | head -n 1"
    return stack.exec(["sh", "-c", look], user="0").stdout.strip() or None


def _command(path: str, value: str | None) -> Sequence[str]:
    setting = ["--unset", VARIABLE] if value is None else [f"{VARIABLE}={value}"]
    return ["env", *setting, path]


def watch(container: Container, state: Path) -> tuple[bool, bool]:
    """Wait until state came back or the gateway serves, which it does after recovery.

    Returns:
        Whether state came back, and whether the gateway was seen to serve.
    """

    def look() -> str | None:
        if has_files(state):
            return "recovered"
        container.reload()
        if container.status == "exited":
            return "ended"
        return "served" if _serves(container) else None

    try:
        seen = until(look, seconds=_PATIENCE, what="recovery or a serving gateway", every=LOOKS)
        if seen == "served":
            until(lambda: has_files(state), seconds=_AFTER_SERVING, what="a late recovery")
    except PollTimeoutError:
        return has_files(state), _serves(container)
    return has_files(state), seen == "served"


def has_files(directory: Path) -> bool:
    """Whether identity state, or anything else, came to be in a directory."""
    return any(path.is_file() for path in directory.rglob("*"))


def _serves(container: Container) -> bool:
    return serving(container) is not None
