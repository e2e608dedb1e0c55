"""Make the Python environment: `python3 harness/bootstrap.py .venv`.

Runs before anything is installed, so it needs nothing but Python itself. uv is used where it is
there, else venv and pip. What is installed is what requirements.lock names, by hash.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
_IS_ENVIRONMENT = "pyvenv.cfg"
_STEPS = f"installing what {LOCK.name} names (about a minute, two on a busy machine)"


def main(target: Path) -> None:
    """Make or mend the environment in `target`; a half-made one, or a moved one, is made anew."""
    if sys.version_info < OLDEST:
        sys.exit(_advice(f"Python {sys.version.split()[0]} is too old", "3.11 or newer is needed"))
    ready = target / ".ready"
    ready.unlink(missing_ok=True)
    print(f"- making the Python environment in {target}: {_STEPS}", flush=True)
    if _was_moved(target):
        _clear(target)
    uv = shutil.which("uv")
    if uv:
        _with_uv(uv, target)
    else:
        _with_pip(target)
    # The Makefile holds it against where the environment is.
    ready.write_text(f"{target.resolve()}\n", encoding="utf-8")


def _was_moved(target: Path) -> bool:
    if not (target / _IS_ENVIRONMENT).is_file():
        return False
    try:
        text = (target / "bin/activate").read_text(encoding="utf-8")
    except OSError:
        return True  # it was being cleared
    named = {it.strip("'\"") for it in re.findall(r"\bVIRTUAL_ENV=(.+)", text)}
    return named.isdisjoint({str(target.absolute()), str(target.resolve())})


def _clear(target: Path) -> None:
    # Last of all what it is recognised by, for this may be interrupted.
    for path in sorted(target.iterdir(), key=lambda it: it.name == _IS_ENVIRONMENT):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _with_uv(uv: str, target: Path) -> None:
    python = target / "bin" / "python"
    if not python.exists():
        # Half an environment is made anew; what else stands there is nobody's to remove.
        known = (target / _IS_ENVIRONMENT).is_file()
        there = "--clear" if known else "--allow-existing"
        _run(uv, "venv", "--quiet", there, "--python", sys.executable, str(target))
    install = (uv, "pip", "install", "--quiet", "--python", str(python))
    _run(*install, "--require-hashes", "--requirement", str(LOCK))
    _run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _with_pip(target: Path) -> None:
    python = target / "bin" / "python"
    try:
        import ensurepip  # noqa: F401, PLC0415 -- Debian leaves it out of python3
    except ImportError:
        package = "python3-venv"
        sys.exit(
            _advice(f"{package} is missing", f"`sudo apt-get install {package}`, or install uv")
        )
    if not python.exists() or _broken(python):
        _make_room(target, python)
        _run(sys.executable, "-m", "venv", str(target))
    install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*install, "--require-hashes", "--requirement", str(LOCK))
    _run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _make_room(target: Path, python: Path) -> None:
    """Half an environment is made anew; what else stands there is nobody's to remove."""
    if (target / _IS_ENVIRONMENT).is_file():
        _clear(target)
    elif python.exists():
        problem = f"{target} is no Python environment, and its bin/python has no pip"
        sys.exit(_advice(problem, "remove it, or name another directory: `make dev VENV=DIR`"))


def _broken(python: Path) -> bool:
    check = [str(python), "-m", "pip", "--version"]
    return subprocess.run(check, capture_output=True, check=False).returncode != 0


def _run(*command: str) -> None:
    # An environment around this one must not decide where packages go.
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONHOME"}}
    done = subprocess.run(command, env=environment, check=False)
    if done.returncode != 0:
        words = " ".join(command[:4])
        sys.exit(_advice(f"`{words} …` failed (status {done.returncode})", "its reason is above"))


def _advice(problem: str, advice: str) -> str:
    return f"error: {problem}; {advice}"


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else ".venv"))
    except KeyboardInterrupt:
        # A half-made environment is recognised, see `main`.
        print("- interrupted; the next run goes on", flush=True)
        sys.exit(130)
