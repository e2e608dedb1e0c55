"""The comparison of rounds, on small records, and a series with checks that are made up."""

import json
import shutil
import stat
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from harness import process
from harness.agreement import __main__ as command, traces
from harness.agreement.__main__ import main, turns
from harness.agreement.play import busy, play
from harness.agreement.record import Agreement, Kind, Round
from harness.agreement.words import lines
from harness.criteria.environment import Machine
from harness.criteria.verdict import Verdict
from harness.errors import ConfigError, ExitStatus, ToolError, UsageError
from harness.process import Completed
from harness.project import Project
from tests.conftest import REPOSITORY

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED
MACHINE = Machine(
    system="Linux", kernel="6.1", architecture="x86_64", cpus=2, memory_bytes=1 << 30, load=0.5
)


def played(loops: int, *, seconds: float = 10, reason: str = "", **verdicts: Verdict) -> Round:
    return Round(
        loops=loops,
        started=datetime(2026, 3, 1, tzinfo=UTC),
        seconds=seconds,
        load=0.5,
        verdicts=verdicts,
        reasons={name: reason for name, it in verdicts.items() if it is not PASSED},
    )


def of(*rounds: Round, tree: str = "a") -> Agreement:
    return Agreement(tree=tree, revision=None, chosen=("-q",), machine=MACHINE, rounds=rounds)


def test_rounds_that_agree_have_no_difference() -> None:
    same = [played(loops, A=PASSED, B=UNVERIFIED, reason="not run") for loops in (0, 2, 0, 2)]
    assert of(*same).differences() == []
    assert list(lines(of(*same))) == [
        "2 quiet (median 10.0 s) and 2 beside busy loops (median 10.0 s): no verdict differs"
    ]


@pytest.mark.parametrize("name", ["agreement.json", "agreement-all.json"])
def test_a_published_record_shows_no_difference_and_nothing_left(name: str) -> None:
    found = Agreement.read(REPOSITORY / "docs/benchmark" / name)
    assert found is not None
    assert found.rounds
    assert found.differences() == []
    assert found.left() == []


@pytest.mark.parametrize("other", [FAILED, UNVERIFIED])
def test_one_other_verdict_of_many_is_a_difference(other: Verdict) -> None:
    rounds = [played(0, A=PASSED, B=PASSED) for _ in range(14)]
    found = of(*rounds, played(2, seconds=30, A=PASSED, B=other, reason="too late"))
    (difference,) = found.differences()
    assert difference.criterion == "B"
    assert difference.counts == {Kind.QUIET: {"passed": 14}, Kind.BUSY: {other.value: 1}}
    conclusion, *told = lines(found)
    assert conclusion.endswith("(median 30.0 s): 1 verdicts differ")
    assert told == [f"B: quiet 14 passed; beside busy loops 1 {other.value}", "    too late"]


def test_a_criterion_that_a_round_does_not_tell_of_is_a_difference() -> None:
    (difference,) = of(played(0, A=PASSED, B=PASSED), played(0, A=PASSED)).differences()
    assert difference.counts == {Kind.QUIET: {"passed": 1, "missing": 1}}


def test_the_same_verdict_for_different_reasons_is_none() -> None:
    rounds = [played(0, A=UNVERIFIED, reason=reason) for reason in ("one", "another")]
    assert of(*rounds).differences() == []


def test_no_rounds_say_nothing() -> None:
    assert list(lines(of())) == ["no rounds: no verdict differs"]


def test_what_any_round_left_is_told_once() -> None:
    pair = [played(0, A=PASSED).model_copy(update={"paired": True, "left": ("volume x",)})] * 2
    conclusion, *told = lines(of(played(2, A=PASSED), *pair))
    assert "2 beside a round of another checkout (median 10.0 s)" in conclusion
    assert told == ["left behind: volume x"]


def test_the_kinds_of_rounds_take_turns() -> None:
    quiet, busy, paired = Kind
    assert list(turns({quiet: 3, busy: 2, paired: 0})) == [quiet, busy, quiet, busy, quiet]
    assert list(turns({quiet: 0, busy: 2, paired: 1})) == [busy, paired, busy]


def test_only_rounds_of_one_tree_on_one_machine_can_be_compared() -> None:
    slower = of().model_copy(update={"machine": MACHINE.model_copy(update={"load": 7.0})})
    elsewhere = of().model_copy(update={"machine": MACHINE.model_copy(update={"cpus": 4})})
    assert of().continues(slower)
    assert not of().continues(elsewhere)
    assert not of().continues(of(tree="b"))
    assert not of().continues(of().model_copy(update={"chosen": ()}))


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.json"
    found = of(played(2, A=FAILED, reason="why"))
    found.write(path)
    assert Agreement.read(path) == found
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]
    assert Agreement.read(tmp_path / "none.json") is None
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="no record of rounds"):
        Agreement.read(path)


def test_so_many_loops_are_busy_and_end() -> None:
    # Another test of this process may have left a helper of multiprocessing's.
    before = psutil.Process().children()
    with busy(2):
        loops = [it for it in psutil.Process().children() if it not in before]
        assert len(loops) == 2
    assert not any(it.is_running() for it in loops)


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Have `harness accept` answer with verdicts of one criterion, in turn."""
    told = [json.dumps({"criteria": [{"id": "A", "verdict": it, "reason": it}]}) for it in answers]
    left = iter(told)
    monkeypatch.setattr(process, "run", lambda *_, **__: Completed(4, next(left), ""))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "harness.toml").touch()
    monkeypatch.setattr(command, "LOOPS", 0)
    return root


def series(checkout: Path, monkeypatch: pytest.MonkeyPatch, *answers: str) -> int:
    """Play so many quiet rounds; none of the programs that look at the checkout is replaced."""
    record, number = str(checkout / "record.json"), str(len(answers))

    def answered(project: Project, chosen: object, loops: int, *, paired: bool) -> Round:
        assert (project.root, paired) == (checkout, False)
        assert chosen == ("--quick",)
        return played(loops, A=Verdict(left.pop(0)), reason="why")

    left = list(answers)
    monkeypatch.setattr(command, "play", answered)
    monkeypatch.setattr(command, "engine", nullcontext)
    monkeypatch.setattr(traces, "look", lambda *_: frozenset())
    return main([record, "--quiet", number, "--project", str(checkout)])


def test_a_series_goes_on_where_it_was_left(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert series(checkout, monkeypatch, "passed", "passed") == ExitStatus.OK
    assert series(checkout, monkeypatch, "failed") == ExitStatus.FAILED
    assert "A: quiet 2 passed, 1 failed" in capsys.readouterr().out
    found = Agreement.read(checkout / "record.json")
    assert found is not None
    assert len(found.rounds) == 3


def test_rounds_of_another_tree_are_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series(checkout, monkeypatch, "passed")
    (checkout / "new.txt").write_text("another tree")
    with pytest.raises(ConfigError, match="another tree or machine"):
        series(checkout, monkeypatch, "passed")


def test_a_series_of_which_something_is_left_has_failed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(traces, "left", lambda *_: ("process 7 node",))
    assert series(checkout, monkeypatch, "passed") == ExitStatus.FAILED
    assert "left behind: process 7 node" in capsys.readouterr().out


def test_two_checkouts_of_one_tree_are_played_at_once(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2, timeout=10)

    def answered(project: Project, chosen: object, loops: int, *, paired: bool) -> Round:
        assert (project.root.parent, chosen, paired) == (checkout.parent, (), True)
        both.wait()
        return played(loops, A=PASSED).model_copy(update={"paired": paired})

    monkeypatch.setattr(command, "play", answered)
    monkeypatch.setattr(command, "engine", nullcontext)
    monkeypatch.setattr(traces, "look", lambda *_: frozenset())
    record, other = checkout / "record.json", checkout.with_name("other")
    shutil.copytree(checkout, other)
    words = [str(record), "--all", "--paired", "1", "--project", str(checkout)]
    with pytest.raises(UsageError, match="two checkouts"):
        main(words)
    assert main([*words, "--beside", str(other)]) == ExitStatus.OK
    found = Agreement.read(record)
    assert found is not None
    assert [it.kind for it in found.rounds] == [Kind.PAIRED] * 2
    with pytest.raises(ConfigError, match="the checkout itself"):
        main([*words, "--beside", str(checkout)])
    (other / "more.txt").touch()
    with pytest.raises(ConfigError, match="its tree is another"):
        main([*words, "--beside", str(other)])


def test_a_round_is_what_the_command_says(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "unverified", "passed")
    first, second = (play(Project(checkout), ["--quick"], 0) for _ in range(2))
    assert first.verdicts == {"A": UNVERIFIED}
    assert first.reasons == {"A": "unverified"}
    assert second.reasons == {}


def test_a_command_that_says_nothing_is_no_round(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Completed(3, "", "a bug\nlast line\n")
    monkeypatch.setattr(process, "run", lambda *_, **__: silent)
    with pytest.raises(ToolError, match="ended with 3: last line"):
        play(Project(checkout), [], 0)
