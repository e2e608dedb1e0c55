import base64
import json
import re

import pytest
from rich.table import Table
from rich.text import Text

from harness.console import Console
from harness.errors import HarnessError
from harness.poll import until


def test_without_a_terminal_a_step_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    with console.step("building core") as step:
        step.detail("npm ci")
        step.started -= 12
    assert re.fullmatch(r"- building core \(1[23]\.\d s\)\n", capsys.readouterr().err)


def test_a_step_that_fails_is_not_said_to_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        with Console().step("building core") as step:
            step.started -= 12
            raise HarnessError("no")

    with pytest.raises(HarnessError):
        fails()
    assert "building core" not in capsys.readouterr().err


def test_results_go_to_stdout_and_everything_else_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.say("a result")
    console.note("a note")
    console.warn("a warning")
    console.error(HarnessError("broken", "mend it"))
    streams = capsys.readouterr()
    assert streams.out == "a result\n"
    assert streams.err == "· a note\nwarning: a warning\nerror: broken; mend it\n"


def test_json_mode_prints_objects_and_no_prose(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.json_mode = True
    console.say("prose")
    console.emit({"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_brackets_are_text_and_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say("[red]x[/] [/nonsense]")
    assert capsys.readouterr().out == "[red]x[/] [/nonsense]\n"


PICTURES = "acceptance/criteria.toml:100: no :key: nor :lock:, :x:"
"""Each word between colons is the name of an emoji."""


def test_what_stands_between_colons_is_printed_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.say(PICTURES)
    console.show(Text(PICTURES))
    console.note(PICTURES)
    console.warn(PICTURES)
    console.error(HarnessError(PICTURES))
    with console.step(PICTURES) as step:
        step.started -= 12
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(PICTURES)
    console.table(table)
    streams = capsys.readouterr()
    assert [line.count(PICTURES) for line in streams.out.splitlines()] == [1] * 3
    assert [line.count(PICTURES) for line in streams.err.splitlines()] == [1] * 4


def test_a_step_in_a_terminal_is_called_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "200")):
        monkeypatch.setenv(name, value)
    drawn: list[str] = []

    def title_and_detail() -> bool:
        drawn.append(capsys.readouterr().err)
        return "".join(drawn).count("criteria.toml") >= 2

    with Console().step(PICTURES) as step:
        step.detail(PICTURES)
        until(title_and_detail, seconds=60, what="both are drawn")
    drawn.append(capsys.readouterr().err)
    text = "".join(drawn)
    assert text.count(PICTURES) == text.count("criteria.toml")


def test_a_protected_value_is_printed_in_none_of_its_forms(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    secret = "p@ss/word+more"
    console.protect(secret)
    encoded = base64.b64encode(secret.encode()).decode()
    console.say(f"{secret} {encoded} p%40ss%2Fword%2Bmore")
    console.warn(secret)
    console.error(HarnessError(secret, encoded))
    console.json_mode = True
    console.emit({"it": secret})
    streams = capsys.readouterr()
    for form in (secret, encoded.rstrip("="), "p%40ss%2Fword%2Bmore"):
        assert form not in streams.out + streams.err


def test_a_short_value_protects_nothing_since_it_would_blank_out_ordinary_words() -> None:
    console = Console()
    console.protect("1")
    assert console.redact("port 18789") == "port 18789"


def test_a_styled_line_is_redacted_and_stays_out_of_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.protect("hunter22")
    console.show(Text("the word is hunter22", "red"))
    console.json_mode = True
    console.show(Text("nothing of this"))
    assert capsys.readouterr().out == "the word is ***\n"


def test_without_a_terminal_nothing_is_drawn_anew(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    assert not console.redraws
    with console.region(lambda: Text("under way")) as region:
        console.say("a result")
        region.refresh()
    assert capsys.readouterr().out == "a result\n"
