"""All mutants, or a sample: several at once, each judged in a process of its own."""

import json
import os
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from harness import process, tracked
from tests.mutants.judge import Found, judge
from tests.mutants.mutant import Mutant

__all__ = ["Outcome", "run", "sample"]

_MODULES = ("deploy/cloudflare/node_modules", "deploy/loa-identity/node_modules")
# A program that never stops writing does not fill the disk.
_LARGEST_FILE = 1 << 28
_PATIENCE = 150.0
_HANGS = "25"


@dataclass(frozen=True)
class Outcome:
    """A mutant, who caught it, and how long that took in seconds."""

    mutant: Mutant
    found: Found
    seconds: float


@dataclass
class _Child:
    mutant: Mutant
    copy: Path
    answer: Path
    started: float


def sample(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return some mutants, of each rule and file one before a second of any.

    Each has its own place in the order, so that an edit of one file changes which of its mutants
    are chosen, and none of another's.
    """
    groups: dict[tuple[str, str], list[Mutant]] = {}
    for it in sorted(found, key=lambda it: blake2b(f"{seed} {it.key}".encode()).digest()):
        groups.setdefault((it.rule, it.file), []).append(it)
    turns = max(map(len, groups.values()), default=0)
    ordered = [them[turn] for turn in range(turns) for them in groups.values() if turn < len(them)]
    return ordered[:count]


def run(root: Path, mutants: Sequence[Mutant], jobs: int) -> Iterator[Outcome]:
    """Judge mutants on working copies of a checkout, as they come to their ends."""
    with ExitStack() as stack:
        copies = [stack.enter_context(_copy(root)) for _ in range(min(jobs, len(mutants)))]
        children: dict[int, _Child] = {}
        for mutant in mutants:
            if not copies:
                yield _next(children, copies)
            copy = copies.pop()
            children[_start(copy, mutant)] = _Child(
                mutant, copy, copy.parent / "answer", time.monotonic()
            )
        while children:
            yield _next(children, copies)


@contextmanager
def _copy(root: Path) -> Iterator[Path]:
    # Not the harness's own copies: those of a process that cannot be seen from outside are swept.
    with tempfile.TemporaryDirectory(prefix="loa-mutants-") as place:
        copy = Path(place) / "checkout"
        for name in tracked.files(root):
            if (root / name).is_dir():  # a link to an environment elsewhere, which is not ignored
                continue
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name)
        process.run(["git", "init", "--quiet", copy])
        for modules in _MODULES:
            (copy / modules).symlink_to(root / modules)
        yield copy


def _start(copy: Path, mutant: Mutant) -> int:
    (copy.parent / "answer").unlink(missing_ok=True)
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        os.environ["LOA_STAGE_PATIENCE"] = _HANGS
        signal.alarm(int(_PATIENCE))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        found = judge(copy, mutant)
        (copy.parent / "answer").write_text(json.dumps(asdict(found)), encoding="utf-8")
        status = 0
    except BaseException:  # noqa: BLE001 -- told by the process that waits
        (copy.parent / "fault").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(status)


def _next(children: dict[int, _Child], copies: list[Path]) -> Outcome:
    """Wait for one to end, and put back what it changed."""
    pid, status = os.wait()
    while pid not in children:  # an orphan of one that has ended
        pid, status = os.wait()
    child = children.pop(pid)
    if os.WIFSIGNALED(status):
        found = Found("no end in time")
    elif status:
        fault = child.answer.with_name("fault").read_text(encoding="utf-8")
        raise RuntimeError(f"{child.mutant.key}: {fault}")
    else:
        found = Found(**json.loads(child.answer.read_text(encoding="utf-8")))
    _put_back(child)
    copies.append(child.copy)
    return Outcome(child.mutant, found, time.monotonic() - child.started)


def _put_back(child: _Child) -> None:
    own = Path(__file__).resolve().parents[2] / child.mutant.file
    shutil.copy2(own, child.copy / child.mutant.file)
