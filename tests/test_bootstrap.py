import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from harness import bootstrap

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


UV = f"""#!{sys.executable}
import sys, venv
from pathlib import Path

words = sys.argv[1:]
if words[0] == "venv":
    place = Path(words[-1])
    # As uv has it, whose --clear removes all that is there.
    allowed = {{"--clear", "--allow-existing"}} & {{*words}}
    if place.exists() and any(place.iterdir()) and not allowed:
        sys.exit("there is something at " + words[-1])
    venv.create(place, clear="--clear" in words)
else:
    python = Path(words[words.index("--python") + 1]).absolute()
    harness = python.parent / "harness"
    # What is installed already is not written again.
    if not harness.exists():
        harness.write_text(f'#!/bin/sh\\n"{{python}}" -c pass && echo up\\n')
        harness.chmod(0o755)
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that holds no more than its environment needs, which a stand-in installs."""
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin/uv"
    uv.write_text(UV, encoding="utf-8")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}:{os.environ['PATH']}")
    # What the make around this test, if there is one, hands down is not for this one.
    for name in ("MAKEFLAGS", "MAKELEVEL", "VENV", "PYTHON"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "a checkout"
    (root / "harness").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "harness/bootstrap.py"):
        shutil.copy(BOOTSTRAP.parent.parent / name, root / name)
    return root


def make_dev(checkout: Path) -> list[str]:
    words = ["make", "dev", f"PYTHON={sys.executable}"]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.partition(" in ")[0] for line in done.stdout.splitlines()]


MADE = "- making the Python environment"


def test_a_checkout_that_was_moved_gets_an_environment_of_its_new_path(checkout: Path) -> None:
    assert make_dev(checkout) == [MADE, "up"]
    assert make_dev(checkout) == ["up"], "the usual call makes nothing"
    moved = checkout.rename(checkout.parent / "moved")
    assert make_dev(moved) == [MADE, "up"]
    assert make_dev(moved) == ["up"]
    assert f"{moved}/.venv" in (moved / ".venv/bin/activate").read_text(encoding="utf-8")


def test_one_that_was_moved_before_its_path_was_kept_is_made_anew_too(checkout: Path) -> None:
    make_dev(checkout)
    (checkout / ".venv/.ready").unlink()
    assert make_dev(checkout.rename(checkout.parent / "moved")) == [MADE, "up"]


def test_what_somebody_has_put_into_an_environment_that_stays_is_kept(checkout: Path) -> None:
    make_dev(checkout)
    (checkout / ".venv/own").touch()
    later = time.time() + 60
    os.utime(checkout / "requirements.lock", (later, later))
    assert make_dev(checkout) == [MADE, "up"]
    assert (checkout / ".venv/own").exists()


def test_one_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    make_dev(checkout)
    for python in (checkout / ".venv/bin").glob("python*"):
        python.unlink()
    (checkout / ".venv/.ready").unlink()
    assert make_dev(checkout) == [MADE, "up"]


def test_a_directory_that_is_no_environment_is_never_cleared(checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/own").touch()
    make_dev(checkout)
    assert (checkout / ".venv/own").exists()


@pytest.fixture
def with_pip(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes an environment as where there is no uv, and installs nothing in it."""

    def run(*words: str) -> None:
        if "venv" in words:
            venv.create(words[-1], clear="--clear" in words)

    monkeypatch.setitem(sys.modules, "ensurepip", ModuleType("ensurepip"))
    monkeypatch.setattr(bootstrap, "_run", run)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return bootstrap.main


def test_nor_is_it_without_uv(with_pip: Callable[[Path], None], tmp_path: Path) -> None:
    own = tmp_path / "bin/own"
    own.parent.mkdir()
    own.touch()
    with_pip(tmp_path)
    assert own.exists()
    assert (tmp_path / "bin/python").exists()


def test_half_an_environment_is_made_anew_without_uv(
    with_pip: Callable[[Path], None], tmp_path: Path
) -> None:
    venv.create(tmp_path)
    (tmp_path / "stale").touch()
    with_pip(tmp_path)  # it has no pip
    assert not (tmp_path / "stale").exists()
    assert (tmp_path / "bin/python").exists()


def test_a_python_that_is_of_no_environment_is_not_written_over(
    with_pip: Callable[[Path], None], tmp_path: Path
) -> None:
    own = tmp_path / "bin/python"
    own.parent.mkdir()
    own.write_text("#!/bin/false\n", encoding="ascii")
    own.chmod(0o755)
    with pytest.raises(SystemExit, match="is no Python environment, and its bin/python has no pip"):
        with_pip(tmp_path)
    assert own.read_text(encoding="ascii") == "#!/bin/false\n"
