"""The reloader has tests of its own, in its own language."""

import sys
from pathlib import Path

import pytest

from harness.node import node

RELOADER = Path(__file__).resolve().parent.parent / "deploy/dev"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it runs in a container only")


def test_the_reloader_passes_its_tests() -> None:
    words = ["--disable-warning=ExperimentalWarning", "--test", "--test-timeout=120000"]
    files = sorted((RELOADER / "test").glob("*.test.mjs"))
    done = node([*words, "--test-reporter=spec", *files], cwd=RELOADER, check=False)
    assert done.ok, (done.stdout + done.stderr)[-4000:]
