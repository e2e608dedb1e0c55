"""wrangler ends with the release that started it: once recovery begins it changes nothing."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.poll import until

# A release that has come to wrangler, in whose place a program stands that never ends.
RELEASE = """
import subprocess
from pathlib import Path
from harness import process
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.wrangler import Wrangler

def run(command, **_):
    before = command[: command.index("--") + 1]
    subprocess.run([*before, "sh", "-c", "echo $$; exec tail -f /dev/null >/dev/null"])

process.run = run
Wrangler(Path(), Credentials("token", "0" * 32)).run("deploy")
"""


@pytest.mark.skipif(not shutil.which("setpriv"), reason="nothing here ends a child with its parent")
def test_wrangler_does_not_outlive_a_release_that_is_killed_alone(tmp_path: Path) -> None:
    words = [sys.executable, "-c", RELEASE]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as release:
        assert release.stdout
        wrangler = int(release.stdout.readline())
        assert _runs(wrangler)
        release.send_signal(signal.SIGKILL)
    try:
        until(lambda: not _runs(wrangler), seconds=10, what="wrangler's end")
    finally:
        with suppress(ProcessLookupError):
            os.kill(wrangler, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
