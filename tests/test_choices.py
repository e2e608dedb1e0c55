"""What decides how the environment behaves is refused here as it would be in the container."""

import json
import re
from pathlib import Path

import pytest

from harness.choices import CHOICES, NUMBERS, check
from harness.errors import ConfigError
from harness.node import node
from tests.conftest import REPOSITORY

_DEPLOY = REPOSITORY / "deploy"


@pytest.fixture(autouse=True)
def _a_shell_that_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("LOA_RELOADER", "nodemon", "handover, entr"),
        ("LOA_INSPECT", "yes", "0, 1"),
        ("BEAUVOIR_DEV_MODE", "7", "0, 1"),
        ("BEAUVOIR_DEV_MODE", "1 ", "0, 1"),
    ],
)
def test_a_variable_of_the_shell_is_refused_with_what_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        check(tmp_path)
    assert str(caught.value) == f"{name} is {value!r}; set it to one of: {allowed}; or unset it"


@pytest.mark.parametrize("name", CHOICES)
def test_what_it_can_be_is_taken_and_so_is_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for value in (*CHOICES[name], ""):
        monkeypatch.setenv(name, value)
        check(tmp_path)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_of_the_env_file_is_refused_and_not_quoted(tmp_path: Path, name: str) -> None:
    (tmp_path / ".env.local").write_text(f"{name}=abc-123\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/.env.local: {name} is no number above zero; mend or remove that line"
    )


def test_the_start_script_takes_the_same_reloaders() -> None:
    script = (_DEPLOY / "start-loa-dev.sh").read_text(encoding="utf-8")
    arm = re.search(r"^case \$reloader in\n +([\w |]+)\) ;;$", script, re.MULTILINE)
    assert arm
    assert tuple(arm[1].split(" | ")) == CHOICES["LOA_RELOADER"]


def test_the_reloader_takes_the_same_numbers(tmp_path: Path) -> None:
    """Its own function is asked, for each of its variables."""
    program = (_DEPLOY / "dev/reloader.mjs").read_text(encoding="utf-8")
    assert {*re.findall(r'\bnumber\("(\w+)"', program)} == {*NUMBERS}
    function = re.search(r"^function number\(.*?^}$", program, re.MULTILINE | re.DOTALL)
    assert function
    texts = ["", "10", "0.05", ".5", "1e3", "+1", "0", "-1", "abc", "1m", "Infinity", "nan", "1_0"]
    asked = (
        "const say = () => {}; let environment, ended;\n"
        "const process = { exit: () => (ended = true) };\n"
        f"{function[0]}\n"
        f"const texts = {json.dumps(texts)};\n"
        "const taken = (X) => ((environment = { X }), (ended = false), number('X', 10), !ended);\n"
        "console.log(JSON.stringify(texts.filter(taken)));"
    )
    taken = json.loads(node(["-e", asked], cwd=tmp_path).stdout)
    assert taken == [it for it in texts if is_taken(tmp_path, it)]


def is_taken(root: Path, text: str) -> bool:
    (root / ".env.local").write_text(f"{NUMBERS[0]}={text}\n", encoding="utf-8")
    try:
        check(root)
    except ConfigError:
        return False
    return True
