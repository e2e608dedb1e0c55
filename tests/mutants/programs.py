"""Guards of our programs in JavaScript and TypeScript: the compiler, the bundler, their own tests.

A program's tests are those that reach the file that was changed through what they import; a test
that never loads it cannot see it. They are stopped at the first that fails.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from harness import node, process

__all__ = ["PROGRAMS", "Program", "complaint", "of", "reaching"]

_PATIENCE = 120.0
# Types in them name files too, which is no loading.
_COMMENT = re.compile(r"^\s*(?:/\*\*.*?\*/|//[^\n]*)", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"\"([\w./-]+\.(?:mjs|ts))\"")


@dataclass(frozen=True)
class Program:
    """Sources, and what looks at them.

    Attributes:
        name: How a report calls it.
        files: Patterns of its sources.
        place: The directory that its tests are run in.
        tests: A pattern of its tests below that.
        typed: Whether the compiler looks at it, with what its lock installs beside it.
        bundled: Its entry, if its tests run it as the bundler makes it.
    """

    name: str
    files: tuple[str, ...]
    place: str
    tests: str
    typed: bool = False
    bundled: str = ""


PROGRAMS = (
    Program(
        "the Worker",
        ("deploy/cloudflare/src/*",),
        "deploy/cloudflare",
        "test/*.test.mjs",
        typed=True,
        bundled="src/worker.ts",
    ),
    Program(
        "the layer", ("deploy/loa-identity/*.ts",), "deploy/loa-identity", "test/*.ts", typed=True
    ),
    Program(
        "the reloader",
        ("deploy/dev/*.mjs", "deploy/health/gateway.mjs"),
        "deploy/dev",
        "test/*.mjs",
    ),
)


def of(file: str) -> Iterator[Program]:
    """Yield the programs that a file is part of."""
    for it in PROGRAMS:
        if any(fnmatch(file, pattern) for pattern in it.files):
            yield it


def complaint(root: Path, file: str) -> str:
    """Return who finds a fault in the programs that a file is part of; empty if nobody does."""
    found = (it for program in of(file) for it in _complaints(root, program, file))
    return next(found, "")


def _complaints(root: Path, program: Program, file: str) -> Iterator[str]:
    place = root / program.place
    compiler = place / "node_modules/typescript/bin/tsc"
    if program.typed and not node.node([compiler, "--noEmit"], cwd=place, check=False).ok:
        yield f"{program.name}'s types"
    variables = {}
    if program.bundled:
        bundle = root / "bundle.js"
        variables["LOA_WORKER_BUNDLE"] = str(bundle)
        if not _bundled(place, program.bundled, bundle):
            yield f"{program.name}'s bundler"
    for tests in _turns(root, program, file):
        yield from _failures(program, place, tests, variables)


def _bundled(place: Path, entry: str, bundle: Path) -> bool:
    options = ["--bundle", "--format=esm", f"--outfile={bundle}", "--external:cloudflare:*"]
    bundler: list[str | Path] = [place / "node_modules/.bin/esbuild", place / entry, *options]
    return process.run(bundler, cwd=place, env=node.variables(), check=False).ok


def _turns(root: Path, program: Program, file: str) -> Iterator[list[Path]]:
    """Yield the tests, the one that is named like the file before all others."""
    tests = reaching(root, program, file)
    own = [it for it in tests if it.name.partition(".")[0] == Path(file).stem]
    yield from (it for it in (own, [it for it in tests if it not in own]) if it)


def reaching(root: Path, program: Program, file: str) -> list[Path]:
    """Return the tests of a program that load a file; all of them where they load a bundle."""
    tests = [it for it in sorted((root / program.place).glob(program.tests)) if ".test." in it.name]
    if program.bundled:
        return tests
    wanted = (root / file).resolve()
    return [it for it in tests if wanted in _loaded(it.resolve(), set())]


def _loaded(path: Path, known: set[Path]) -> set[Path]:
    """Add to those that are known a file, and what it names, directly or not."""
    if path in known or not path.is_file():
        return known
    known.add(path)
    for name in _QUOTED.findall(_COMMENT.sub("", path.read_text(encoding="utf-8"))):
        _loaded((path.parent / name).resolve(), known)
    return known


def _failures(
    program: Program, place: Path, tests: Sequence[Path], variables: dict[str, str]
) -> Iterator[str]:
    """Yield the names of tests that fail, as they do."""
    options = ["--disable-warning=ExperimentalWarning", "--test", "--test-reporter=tap"]
    options.append(f"--test-timeout={int(_PATIENCE) * 1000 if program.bundled else 40_000}")
    running = subprocess.Popen(
        ["timeout", str(_PATIENCE), str(node.program()), *options, *map(str, tests)],
        cwd=place,
        env={**os.environ, **node.variables(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout
        for line in running.stdout:
            if line.strip().startswith("not ok"):
                said = line.partition(" - ")[2].strip().replace(f"{place}/", "")
                yield f"{program.name}'s test {json.dumps(said)}"
        if running.wait():
            yield f"{program.name}'s tests"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
