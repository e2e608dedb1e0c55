"""Make the Python environment: `python3 harness/bootstrap.py .venv`.

Runs before anything is installed, so it needs nothing but Python itself. uv is used where it is
there, else venv and pip. What is installed is what requirements.lock names, by hash.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
_STEPS = f"installing what {LOCK.name} names (about a minute, two on a busy machine)"


def main(target: Path) -> None:
    """Make or mend the environment in `target`; a half-made one is made anew."""
    if sys.version_info < OLDEST:
        sys.exit(_advice(f"Python {sys.version.split()[0]} is too old", "3.11 or newer is needed"))
    ready = target / ".ready"
    ready.unlink(missing_ok=True)
    print(f"- making the Python environment in {target}: {_STEPS}", flush=True)
    uv = shutil.which("uv")
    if uv:
        _with_uv(uv, target)
    else:
        _with_pip(target)
    ready.touch()


def _with_uv(uv: str, target: Path) -> None:
    python = target / "bin" / "python"
    if not python.exists():
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(target))
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
        _run(sys.executable, "-m", "venv", "--clear", str(target))
    install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*install, "--require-hashes", "--requirement", str(LOCK))
    _run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


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
