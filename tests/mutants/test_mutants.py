"""Small mistakes in our own files are caught by the checks that read; see docs/criteria.md."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness import process
from tests.conftest import REPOSITORY
from tests.mutants import __main__ as command, programs
from tests.mutants.__main__ import split
from tests.mutants.judge import Found, asked_of
from tests.mutants.mutant import Edit, Mutant, made
from tests.mutants.rules import FILES, mutants
from tests.mutants.run import Outcome, sample
from tests.mutants.survivors import explained
from tests.mutants.table import table

SEED = "8"
COUNT = "400"
PATIENCE = 1800.0


@cache
def meaningful() -> list[Mutant]:
    return split(list(mutants(REPOSITORY)))[0]


def told(*words: str) -> process.Completed:
    command = [sys.executable, "-m", "tests.mutants", *words]
    return process.run(command, cwd=REPOSITORY, timeout=PATIENCE, check=False)


def test_there_are_enough_and_every_rule_makes_some() -> None:
    found = meaningful()
    assert len(found) >= 300
    named = {rule.__name__.replace("_", " ") for rules in FILES.values() for rule in rules}
    assert {it.rule for it in found} == named


def test_the_same_seed_gives_the_same_ones_and_another_seed_others() -> None:
    one, same, other = (sample(meaningful(), 40, it) for it in (1, 1, 2))
    assert one == same
    assert one != other
    assert len({(it.rule, it.file) for it in one}) == 40


def test_a_survivor_that_is_explained_is_still_one_that_is_made() -> None:
    assert explained().keys() <= {it.key for it in meaningful()}
    assert all(len(why) > 20 for why in explained().values())


def test_of_what_is_dropped_the_line_before_and_after_is_told() -> None:
    text = f"one\n{'first ' * 20}| expand -t 12\nthree\n"
    start = text.index(" -t 12")

    def drop_a_flag(_: str) -> Iterator[Edit]:
        yield Edit(start, start + len(" -t 12"), "")

    [found] = made(drop_a_flag, "x", text)
    assert found.change.endswith("| expand -t 12 -> …rst first first first | expand")


def test_a_pattern_that_nothing_matches_is_wrong_usage() -> None:
    done = told("--file", "nope")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == "no mutant matches; see --list\n"


def test_how_far_it_is_is_said_now_and_then_and_at_once_which_lives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "EVERY", 0.0)
    mutant = meaningful()[0]
    outcomes = [Outcome(mutant, Found(by), 1) for by in ("somebody", "", "somebody")]
    assert list(command.told(iter(outcomes), 3)) == outcomes
    said = capsys.readouterr().err.splitlines()
    alive = f"alive: line {mutant.line}: {mutant.key}"
    first, second = "1 of 3 judged, 0 alive, 0 min to go", "2 of 3 judged, 1 alive, 0 min to go"
    assert said == [first, alive, second]


def test_the_report_has_no_heading_without_lines() -> None:
    [*_, last] = lines = list(table([Outcome(meaningful()[0], Found(""), 1)], {}))
    assert not {"caught by", "left out, since they change no meaning"} & {*lines}
    assert last.endswith(meaningful()[0].change)


def test_a_sample_is_caught() -> None:
    done = told("--quick", "--count", "6", "--seed", SEED, "--jobs", "2", "--least", "0.8")
    assert done.ok, done.stdout + done.stderr


def test_a_file_as_it_is_passes() -> None:
    done = told("--control", "--file", "docker-compose.dev.yml")
    assert done.ok, done.stdout + done.stderr


def test_each_guard_is_asked_of_a_file_as_it_is() -> None:
    files = {it.file for it in meaningful()}
    asked = {it: set(asked_of(REPOSITORY, it)) for it in files}
    chosen = command.covering(asked)
    assert all(asked.values())
    assert set().union(*(asked[it] for it in chosen)) == set().union(*asked.values())
    assert len(chosen) < len(files) / 2


def test_a_file_about_which_others_ask_all_is_not_asked_again() -> None:
    asked = {"few": {"a"}, "most": {"a", "b"}, "other": {"c"}, "same": {"a", "b"}}
    assert command.covering(asked) == ["most", "other"]


def test_what_runs_in_a_place_apart_writes_nowhere_else(tmp_path: Path) -> None:
    # Python's own command line that makes an archive stands for a program that is wrong.
    made = tmp_path / "made.zip"
    code = "import sys; from tests.mutants.apart import go_on_apart; print(go_on_apart('zipfile'))"
    command = [sys.executable, "-c", code, "--create", str(made), "Makefile"]
    said = process.run(command, cwd=REPOSITORY).stdout.strip()
    if said == "None":
        pytest.skip("this machine gives us no namespaces")
    assert said != "0"
    assert not made.exists()


def test_a_program_s_tests_are_those_that_load_the_file() -> None:
    found = {
        name: {it.name.partition(".")[0] for it in reaching(f"deploy/dev/{name}.mjs")}
        for name in ("burst", "gateway", "log")
    }
    assert found["burst"] >= {"burst", "notice"}
    assert not {"failure", "gateway"} & found["burst"]
    assert found["gateway"] == {"connections", "gateway", "imports", "limits", "process"}
    assert found["log"] >= {"log", "reload", "gateway"}


def reaching(file: str) -> list[Path]:
    return [
        it for program in programs.of(file) for it in programs.reaching(REPOSITORY, program, file)
    ]


def test_every_file_of_our_programs_is_loaded_by_one_of_their_tests() -> None:
    files = {it.file for it in meaningful() if any(programs.of(it.file))}
    assert files
    assert not [it for it in files if not reaching(it)]


@pytest.mark.long
@pytest.mark.parametrize("kind", [(), ("--control",)], ids=["mutants", "controls"])
def test_nearly_all_of_many_are_caught_and_no_file_as_it_is(
    kind: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    done = told("--seed", SEED, "--count", COUNT, *kind)
    with capsys.disabled():
        sys.stdout.write(f"\n{done.stdout}")
    assert done.ok, done.stdout + done.stderr
