import errno
import os
import subprocess
import sys
from pathlib import Path

import docker.errors
import pytest
import requests
import typer
from urllib3.exceptions import ProtocolError

from harness import cli
from harness.commands import LINES
from harness.errors import ConfigError, StackError
from harness.lazy import LazyGroup

HARNESS = str(Path(sys.executable).parent / "harness")


def ends_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """Run the command line with a command that raises; return the exit status."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StackError("nothing is running", "start it"), 1, "nothing is running; start it"),
        (ConfigError("bad key", "mend it"), 2, "bad key; mend it"),
        (docker.errors.DockerException("socket gone"), 1, "the engine stopped answering"),
        (requests.ReadTimeout("Read timed out."), 1, "the engine stopped answering"),
        (ProtocolError("Connection broken"), 1, "the engine stopped answering"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "the disk is full; free some"),
        (OSError(errno.EDQUOT, "Quota exceeded", "/cache/x"), 1, "the disk is full at /cache/x"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), 1, "/x: Read-only file system"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "/x: Permission denied"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_known_problem_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    said: str,
) -> None:
    assert ends_with(monkeypatch, error) == status
    printed = capsys.readouterr().err
    assert said in printed
    assert "Traceback" not in printed
    assert len(printed.splitlines()) <= 1


def test_ctrl_c_while_the_command_is_loading_is_no_traceback() -> None:
    # It comes as soon as the command line's module asks for this one.
    code = (
        "import sys, types\n"
        "class Pressed(types.ModuleType):\n"
        "    def __getattr__(self, name): raise KeyboardInterrupt\n"
        "sys.modules['harness.cli'] = Pressed('harness.cli')\n"
        "from harness.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_bug_has_a_traceback_and_leaves_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    assert ends_with(monkeypatch, ZeroDivisionError("oops")) == 3
    assert "Traceback" in capsys.readouterr().err
    (report,) = (tmp_path / "bugs").iterdir()
    assert "ZeroDivisionError: oops" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["dev", "--nonsense"],
        ["dev", "--ports", "x"],
        ["dev", "--ports", "3100,3100"],
        ["dev", "--ports", "3100,65536"],
        ["dev", "--ports", "0,0"],
    ],
)
def test_a_command_that_cannot_be_meant_is_a_usage_error(words: list[str]) -> None:
    done = subprocess.run([HARNESS, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_help_names_every_command() -> None:
    done = subprocess.run([HARNESS, "--help"], capture_output=True, text=True, check=True)
    for name in LINES:
        assert f" {name} " in done.stdout


def test_the_help_says_of_each_command_what_its_own_help_begins_with() -> None:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, LazyGroup)
    for name, line in group.lines.items():
        loaded = group.load(name)
        assert (loaded.name, " ".join((loaded.help or "").split("\n\n")[0].split())) == (name, line)


HEAVY = {"docker", "httpx", "obstore", "pydantic", "pytest", "requests", "starlette", "uvicorn"}


@pytest.mark.parametrize(
    ("words", "may"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["status", "--help"], {"docker", "pydantic", "requests"}),
        (["notify", "--help"], {"docker", "httpx", "pydantic", "requests"}),
    ],
)
def test_a_command_loads_no_more_than_it_needs(words: list[str], may: set[str]) -> None:
    code = (
        "import sys\n"
        "from harness.cli import main\n"
        "try: main()\n"
        "finally: print(*{it.partition('.')[0] for it in sys.modules}, file=sys.stderr)\n"
    )
    program = [sys.executable, "-c", code, *words]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    assert HEAVY & {*done.stderr.split()} <= may


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("harness sta", "status"), ("harness status --al", "--all"), ("harness engine u", "up")],
)
def test_names_and_options_are_completed(typed: str, offered: str) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    variables = {**os.environ, **asked, "_HARNESS_COMPLETE": "complete_bash"}
    done = subprocess.run([HARNESS], env=variables, capture_output=True, text=True, check=False)
    assert offered in done.stdout.split()


@pytest.mark.parametrize("words", [["staus"], ["engine", "upp"]])
def test_a_mistyped_command_is_told_with_what_may_be_meant(words: list[str]) -> None:
    done = subprocess.run([HARNESS, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Did you mean" in done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (
            ["--project", "X", "status"],
            "--project belongs after the command: harness status --proj",
        ),
        (
            ["--project=X", "dev", "-d"],
            "--project=X belongs after the command: harness dev --projec",
        ),
        (["--nonsense"], "No such option: --nonsense"),
        (["--project", "X"], "No such option: --project"),
    ],
)
def test_an_option_of_a_command_belongs_after_it(words: list[str], meant: str) -> None:
    done = subprocess.run([HARNESS, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert meant in done.stderr


def test_the_options_of_all_stay_before_the_command() -> None:
    words = [HARNESS, "--version", "status"]
    assert subprocess.run(words, capture_output=True, check=True).stdout.startswith(b"harness ")


def test_completion_can_be_had() -> None:
    # The shell that it is for is the one that calls it; the last command alone would replace that.
    words = ["bash", "-c", '"$0" --show-completion; exit', HARNESS]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "harness" in done.stdout
