import os
import re
import signal
import subprocess
import sys
from pathlib import Path

BOOTSTRAP = Path(__file__).parent.parent / "harness/bootstrap.py"


def test_ctrl_c_is_said_in_one_line_and_leaves_nothing_that_counts_as_ready(tmp_path: Path) -> None:
    # The program that would install everything stands in for the person at the keyboard.
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nkill -INT $PPID\nexec sleep 1\n", encoding="ascii")
    uv.chmod(0o755)
    words = [sys.executable, str(BOOTSTRAP), str(tmp_path / "venv")]
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        words,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        # Whoever started the tests may have them ignore it, as shells do in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 130
    first, second = done.stdout.splitlines()
    # Nothing more is said for so long.
    assert re.search(r"in \S+: installing what requirements.lock names \(about a minute, ", first)
    assert "interrupted" in second
    assert not done.stderr
    assert not (tmp_path / "venv/.ready").exists()
