from pathlib import Path

import pytest

from harness.benchmark.contestant import Table, schedule
from harness.errors import ConfigError

CONTESTANTS = Path(__file__).parents[2] / "acceptance" / "benchmarks" / "contestants"

CLAIMS = '[claims]\nours = "a"\nreference = "b"\ntimes_faster = 3\nfailed = 0\n'


def entry(name: str, more: str = "") -> str:
    head = f'[[contestant]]\nname = "{name}"\ntitle = "{name}"\nrounds = 2\nsettings = "none"\n'
    return f"{head}{more}\n"


def test_the_table_holds_everybody_that_the_issue_names() -> None:
    table = Table.load(CONTESTANTS / "contestants.toml")
    rounds = {it.name: it.rounds for it in table.contestants}
    assert rounds.pop("in-process-bare") == 2
    assert rounds == {
        "handover": 20,
        "entr": 8,
        "entr-plain": 8,
        "nodemon": 8,
        "node-watch": 8,
        "tsx-watch": 8,
        "compose-watch": 8,
        "in-process": 8,
    }


def test_what_a_contestant_names_is_there() -> None:
    for contestant in Table.load(CONTESTANTS / "contestants.toml").contestants:
        assert not contestant.compose or (CONTESTANTS / contestant.compose).is_file()
        for word in contestant.command:
            if word.startswith("/opt/contestants/start/"):
                script = CONTESTANTS / word.removeprefix("/opt/contestants/")
                assert script.stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CLAIMS + entry("a"), "no contestant 'b'"),
        (CLAIMS + entry("a") + entry("a"), "two contestants have one name"),
        (CLAIMS + entry("a") + entry("b", "round = 1"), "contestant.1.round: Extra inputs"),
        (CLAIMS + entry("a") + entry("B"), "contestant.1.name: String should match"),
        (CLAIMS + "[[", "no valid TOML"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "contestants.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Table.load(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"contestants\.toml: cannot be read"):
        Table.load(tmp_path / "contestants.toml")


def test_everybodys_rounds_are_spread_over_the_whole_run() -> None:
    turns = schedule({"ours": 20, "one": 8, "other": 8, "rare": 2})
    assert {name: turns.count(name) for name in set(turns)} == {
        "ours": 20,
        "one": 8,
        "other": 8,
        "rare": 2,
    }
    half = turns[: len(turns) // 2]
    assert {name: half.count(name) for name in set(half)} == {
        "ours": 10,
        "one": 4,
        "other": 4,
        "rare": 1,
    }
