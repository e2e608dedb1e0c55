"""What CI runs, among stand-ins: what it installs, what it runs, and what it takes down."""

import shutil

import pytest

from tests.conftest import REPOSITORY
from tests.scripts.stage import RECORD, Stage

THERE = ("git", "make", "python3", "chromium")
ASKED = "python3 -c import ensurepip, venv"
STAND_IN = f"""{RECORD}
shopt -s extglob
[ "${{0##*/}}" != make ] || printf '%s\\n' "$PWD" >>"$STAGE/places"
case "${{0##*/}} $*" in
    $FAILS) exit 1 ;;
    "apt-get install"*) /bin/mv "$STAGE"/spare/* "$STAGE/bin/" ;;
esac
"""


@pytest.fixture
def script(stage: Stage) -> str:
    """The script in a clone, and no program in reach but stand-ins and what every system has."""
    for name in ("bash", "dirname", "env"):
        (stage.place / "bin" / name).symlink_to(str(shutil.which(name)))
    for name in (*THERE, "apt-get"):
        stage.program(name, STAND_IN)
    for name in (".ci", ".venv/bin"):
        (stage.place / "clone" / name).mkdir(parents=True)
    stage.write("clone/.venv/bin/harness", STAND_IN)
    text = (REPOSITORY / ".ci/run").read_text(encoding="utf-8")
    return str(stage.write("clone/.ci/run", text))


def told(stage: Stage, script: str, fails: str = "") -> tuple[int, str]:
    return stage.run(script, PATH=str(stage.place / "bin"), FAILS=fails)


def run(stage: Stage, script: str, fails: str = "") -> int:
    return told(stage, script, fails)[0]


def test_where_all_is_there_it_checks_style_and_passes_the_tests(stage: Stage, script: str) -> None:
    assert run(stage, script) == 0
    assert stage.log == [ASKED, "make lint", "harness engine status", "make test"]
    places = (stage.place / "places").read_text(encoding="utf-8").splitlines()
    assert places == [str(stage.place / "clone")] * 2


@pytest.mark.parametrize(
    ("lacks", "installed"),
    [
        (THERE, "git make python3 python3-venv chromium"),
        (("git",), "git"),
        (("make",), "make"),
        (("python3",), "python3 python3-venv"),
        (("chromium",), "chromium"),
    ],
    ids=lambda it: it if isinstance(it, str) else "-",
)
def test_what_is_not_there_is_installed(
    stage: Stage, script: str, lacks: tuple[str, ...], installed: str
) -> None:
    (spare := stage.place / "spare").mkdir()
    for name in lacks:
        (stage.place / "bin" / name).rename(spare / name)
    assert told(stage, script) == (0, f"installing {installed}\n")
    got = [it for it in stage.log if it.startswith("apt-get")]
    options = "-yqq --no-install-recommends"
    assert got == ["apt-get update -qq", f"apt-get install {options} {installed}"]
    assert stage.environment("apt-get")["DEBIAN_FRONTEND"] == "noninteractive"
    assert stage.log[-1] == "make test"


def test_a_python_without_venv_is_not_enough(stage: Stage, script: str) -> None:
    (stage.place / "spare").mkdir()
    (stage.place / "spare/other").touch()
    run(stage, script, fails=ASKED)
    assert stage.log[2].endswith(" python3 python3-venv")


@pytest.mark.parametrize("failing", ["apt-get update -qq", "make lint"])
def test_a_step_that_fails_is_the_last(stage: Stage, script: str, failing: str) -> None:
    if failing.startswith("apt-get"):
        (stage.place / "bin/git").unlink()
    assert run(stage, script, fails=failing) == 1
    assert stage.log[-1] == failing


def test_an_engine_that_it_starts_ends_with_it(stage: Stage, script: str) -> None:
    assert run(stage, script, fails="harness engine status") == 0
    assert stage.log[-2:] == ["make test", "harness engine down"]


@pytest.mark.parametrize("engine", ["harness engine status", ""])
def test_it_fails_if_a_test_does_and_still_takes_its_engine_down(
    stage: Stage, script: str, engine: str
) -> None:
    assert run(stage, script, fails=f"@({engine}|make test)") == 1
    assert stage.log[-1] == ("harness engine down" if engine else "make test")
