"""The Worker's own guard: its types, then its tests, which are stopped at the first that fails."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from harness import node, process

__all__ = ["complaint"]

_PLACE = "deploy/cloudflare"
_PATIENCE = 120.0


def complaint(root: Path) -> str:
    """Return who finds a fault in a checkout's Worker; empty if nobody does."""
    place = root / _PLACE
    compiler = place / "node_modules/typescript/bin/tsc"
    if not node.node([compiler, "--noEmit"], cwd=place, check=False).ok:
        return "the Worker's types"
    bundle = root / "bundle.js"
    options = ["--bundle", "--format=esm", f"--outfile={bundle}", "--external:cloudflare:*"]
    bundler: list[str | Path] = [
        place / "node_modules/.bin/esbuild",
        place / "src/worker.ts",
        *options,
    ]
    if not process.run(bundler, cwd=place, env=node.variables(), check=False).ok:
        return "the Worker's bundler"
    return next(_failures(place, bundle), "")


def _failures(place: Path, bundle: Path) -> Iterator[str]:
    """Yield the names of tests that fail, as they do."""
    files = sorted(str(it) for it in place.glob("test/*.test.mjs"))
    options = ["--test", "--test-timeout=120000", "--test-reporter=tap"]
    running = subprocess.Popen(
        ["timeout", str(_PATIENCE), str(node.program()), *options, *files],
        cwd=place,
        env={**os.environ, **node.variables(), "LOA_WORKER_BUNDLE": str(bundle)},
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
                yield f"the Worker's test {json.dumps(said)}"
        if running.wait():
            yield "the Worker's tests"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
