"""What a run leaves for others to read, whatever becomes of it."""

import json
import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from harness.criteria.evidence import Evidence
from tests.criteria.small_run import checks, evidence_of, marked, verdicts

pytest_plugins = ["pytester"]


def test_facts_are_recorded_when_asked(pytester: pytest.Pytester, acceptance: Path) -> None:
    checks(acceptance, marked('"G-1.1"', 'check(judge("G-1.1"), SpeedFacts(seconds=2))'))
    pytester.runpytest("acceptance", "--facts", "facts")
    assert json.loads((pytester.path / "facts" / "speed.json").read_text()) == {"seconds": 2.0}


def test_a_protected_value_never_reaches_the_evidence(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    body = "from harness.console import log; log.protect('c4nary-value'); assert 0, 'c4nary-value'"
    checks(acceptance, marked('"G-1.1"', body))
    pytester.runpytest("acceptance")
    assert "c4nary" not in json.dumps(evidence_of(acceptance))
    assert verdicts(acceptance)["G-1.1"] == ("failed", "***")


def test_a_name_in_another_encoding_costs_no_evidence(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    odd = "import os; odd = os.fsdecode(b'caf\\xe9')"
    facts = "class NameFacts(Facts):\n    names: dict[str, list[str]]"
    named = "check(Judge('FR-1.2', NameFacts, lambda *_: Judgement.of([odd])), NameFacts(names={}))"
    checks(
        acceptance,
        odd,
        facts,
        marked('"FR-1.1"', "assert not odd, odd", "test_said()"),
        marked('"FR-1.2"', named.replace("{}", "{odd: [odd]}"), "test_seen(check)"),
        marked('"G-1.1"', 'check(judge("G-1.1"), SpeedFacts(seconds=2))', "test_then(check)"),
    )
    assert pytester.runpytest("acceptance", "--facts", "facts").ret == 1
    found = evidence_of(acceptance)
    assert found["run"]["state"] == "finished"
    assert verdicts(acceptance)["FR-1.1"][1].startswith("caf\\udce9")
    assert verdicts(acceptance)["FR-1.2"] == ("failed", "caf\\udce9")
    assert verdicts(acceptance)["G-1.1"] == ("passed", "")
    assert [*json.loads((pytester.path / "facts" / "name.json").read_text())] == ["names"]


def test_what_was_measured_is_a_number_or_the_check_has_a_mistake(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(
        acceptance,
        marked('"G-1.1"', 'check(judge("G-1.1"), SpeedFacts(seconds=float("inf")))'),
        marked('"FR-1.1"', "pass", "test_then()"),
    )
    assert pytester.runpytest("acceptance").ret == 1
    verdict, reason = verdicts(acceptance)["G-1.1"]
    assert (verdict, reason.partition(":")[0]) == ("unverified", "the check itself broke")
    assert verdicts(acceptance)["FR-1.1"] == ("passed", "")


def test_a_killed_run_leaves_what_was_known(pytester: pytest.Pytester, acceptance: Path) -> None:
    checks(
        acceptance,
        marked('"G-1.1"', 'check(judge("G-1.1"), SpeedFacts(seconds=2))', "test_first(check)"),
        marked(
            '"FR-1.1"', "print('ready', flush=True); import signal; signal.pause()", "test_then()"
        ),
    )
    command = [sys.executable, "-m", "pytest", "-s", "acceptance"]
    with Popen(command, stdout=PIPE, text=True, cwd=pytester.path) as child:
        try:
            assert child.stdout is not None
            assert any("ready" in line for line in child.stdout)
            running = Evidence.read(acceptance.parent / ".harness/evidence/latest.json")
        finally:
            os.kill(child.pid, signal.SIGKILL)
    assert running.run.state == "running"
    killed = Evidence.read(acceptance.parent / ".harness/evidence/latest.json")
    assert killed.run.state == "interrupted"
    assert verdicts(acceptance)["G-1.1"] == ("passed", "")
    assert verdicts(acceptance)["FR-1.1"] == ("unverified", "not run: test_then")
