"""What lies in temporary directories goes, also where its process could not remove it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import scratch
from harness.owner import Owner

HARNESS = Path(sys.executable).parent / "harness"

HOLDS = """
import os, signal
from harness.scratch import scratch
with scratch("login") as place:
    (place / "config.json").write_text("{}")
    print(place, flush=True)
    os.kill(os.getpid(), signal.{name})
"""

CRITERION = """
[[criterion]]
id = "X-1.1"
priority = "P1"
claim = "It leaves nothing."
proof = "run"
gate = "periodic"
observe = "something"
"""
KILLS = """
import subprocess, sys
from pathlib import Path
import pytest

@pytest.mark.criterion("X-1.1")
def test_it():
    code = {code!r}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_dir()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    tempfile.tempdir = None


def held(by: str) -> Path:
    """Return what a process held that ends by a signal."""
    code = HOLDS.replace("{name}", by)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -getattr(signal, by), done.stderr
    return Path(done.stdout.strip())


def test_it_is_there_in_the_block_for_its_user_alone(temporary: Path) -> None:
    with scratch.scratch("login") as place:
        assert place.parent == temporary
        assert place.stat().st_mode & 0o077 == 0
        (place / "nested").mkdir()
    assert not list(temporary.iterdir())


def test_what_a_killed_process_held_goes_before_the_next_is_made() -> None:
    left = held("SIGKILL")
    assert (left / "config.json").is_file()
    with scratch.scratch("login"):
        assert not left.exists()


def test_what_a_check_killed_leaves_nothing_behind_its_run(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("checkout")
    (root / "harness.toml").touch()
    local = root / "acceptance" / "local"
    local.mkdir(parents=True)
    (local / "criteria.toml").write_text(CRITERION, encoding="utf-8")
    (local / "test_x.py").write_text(KILLS.format(code=HOLDS.replace("{name}", "SIGKILL")))
    command = [str(HARNESS), "accept", "--project", str(root), "--criterion", "X-1.1"]
    env = {name: it for name, it in os.environ.items() if "XDIST" not in name}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout
    assert not list(temporary.glob("loa-*"))


def test_what_a_process_holds_that_lives_stays(temporary: Path) -> None:
    with scratch.scratch("login") as place:
        assert scratch.sweep() == 0
        assert place.is_dir()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "name", ["loa-x", "loa-x.1_2.y", "loa-x.a_b_c.y", "other.1_1.00_1.00.y", "loa-x.1_._1.0.y"]
)
def test_what_is_not_ours_by_its_name_stays(temporary: Path, name: str) -> None:
    (temporary / name).mkdir()
    assert scratch.sweep() == 0
    assert (temporary / name).is_dir()


def test_so_does_what_somebody_else_made(monkeypatch: pytest.MonkeyPatch) -> None:
    left = held("SIGKILL")
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert scratch.sweep() == 0
    assert left.is_dir()


def test_a_link_by_such_a_name_is_not_followed(temporary: Path) -> None:
    gone = str(Owner(2**22 + 1, 1.0, 1.0)).replace("/", "_")
    (temporary / "kept").mkdir()
    (temporary / f"loa-x.{gone}.y").symlink_to(temporary / "kept")
    scratch.sweep()
    assert (temporary / "kept").is_dir()
