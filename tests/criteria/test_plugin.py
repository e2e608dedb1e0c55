from pathlib import Path

import pytest

from tests.criteria.small_run import CRITERIA, HEAD, checks, evidence_of, marked, verdicts

pytest_plugins = ["pytester"]


def test_a_judgement_becomes_verdict_and_evidence(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(acceptance, marked('"G-1.1"', 'check(judge("G-1.1"), SpeedFacts(seconds=2))'))
    result = pytester.runpytest("acceptance")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "G-1.1 *passed*G-1.1 holds",
            "*p95 2 s (< 5 s)",
            "unverified: no check yet (3): FR-1.1, FR-1.2, FR-4.1",
            "1 passed, 0 failed, 3 unverified; evidence: .harness/evidence/*.json",
        ]
    )
    criterion = evidence_of(acceptance)["criteria"][-1]
    check = criterion["checks"][0]
    assert check["check"] == "acceptance/test_checks.py::test_it"
    assert check["observed"] == {"speed": {"seconds": 2.0}}
    assert criterion["measurements"] == [
        {
            "name": "p95",
            "value": 2.0,
            "unit": "s",
            "limit": 5.0,
            "bound": "below",
            "headroom": 0.6,
        }
    ]


def test_the_evidence_names_the_image_that_was_asked_for(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(acceptance, marked('"FR-1.1"', "pass"))
    for words, image in ((["--image", "registry/x@sha256:d"], "registry/x@sha256:d"), ([], "")):
        assert pytester.runpytest("acceptance", *words).ret == 0
        found = evidence_of(acceptance)
        assert (found["run"]["image"], found["images"]) == (image, {})


def test_one_failing_criterion_leaves_the_checks_other_one_its_own_verdict(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    slow, fast = "SpeedFacts(seconds=9)", "SpeedFacts(seconds=1)"
    body = f'check(judge("G-1.1"), {slow}); check(judge("FR-4.1"), {fast})'
    checks(acceptance, marked('"G-1.1", "FR-4.1"', body))
    result = pytester.runpytest("acceptance")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*G-1.1 failed: p95 9 s (must be < 5 s)*"])
    assert verdicts(acceptance)["G-1.1"] == ("failed", "p95 9 s (must be < 5 s)")
    assert verdicts(acceptance)["FR-4.1"] == ("passed", "")


@pytest.mark.parametrize(
    ("body", "verdict", "reason", "status"),
    [
        ("raise UnobservableError('too busy')", "unverified", "too busy", 0),
        (
            "raise ConfigError('x is not there', 'name it')",
            "unverified",
            "x is not there; name it",
            0,
        ),
        ("pytest.skip('not today')", "unverified", "skipped: not today", 0),
        (
            "raise RuntimeError('oops')",
            "unverified",
            "the check itself broke: RuntimeError: oops",
            1,
        ),
        ("assert 1 == 2, 'one is not two'", "failed", "one is not two", 1),
        ("pass", "passed", "", 0),
    ],
)
def test_how_a_check_ends_decides_where_it_judged_nothing(  # noqa: PLR0913, PLR0917 -- one table
    pytester: pytest.Pytester,
    acceptance: Path,
    body: str,
    verdict: str,
    reason: str,
    status: int,
) -> None:
    checks(acceptance, marked('"FR-1.2"', body))
    assert pytester.runpytest("acceptance").ret == status
    found = verdicts(acceptance)["FR-1.2"]
    assert (found[0], found[1].partition("\n")[0]) == (verdict, reason)


def test_a_check_that_breaks_after_judging_is_no_pass(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    body = 'check(judge("G-1.1"), SpeedFacts(seconds=1)); raise OSError("gone")'
    checks(acceptance, marked('"G-1.1"', body))
    assert pytester.runpytest("acceptance").ret == 1
    assert verdicts(acceptance)["G-1.1"][0] == "unverified"


BREAKS_AFTERWARDS = """
@pytest.fixture
def broken():
    yield
    raise OSError("cannot be taken down")
"""


@pytest.mark.parametrize(
    ("body", "verdict"), [("assert 1 == 2, 'one is not two'", "failed"), ("pass", "unverified")]
)
def test_what_breaks_afterwards_hides_no_failure(
    pytester: pytest.Pytester, acceptance: Path, body: str, verdict: str
) -> None:
    checks(acceptance, BREAKS_AFTERWARDS, marked('"G-1.1"', body, "test_it(broken)"))
    assert pytester.runpytest("acceptance").ret == 1
    assert verdicts(acceptance)["G-1.1"][0] == verdict


def test_a_check_that_forgets_a_criterion_leaves_it_unverified(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    body = 'check(judge("G-1.1"), SpeedFacts(seconds=1))'
    checks(acceptance, marked('"G-1.1", "FR-1.1"', body))
    pytester.runpytest("acceptance")
    assert verdicts(acceptance)["FR-1.1"][0] == "unverified"
    assert verdicts(acceptance)["G-1.1"][0] == "passed"


@pytest.mark.parametrize(
    "body",
    [
        "assert 1 < 3",
        "check(Judge('G-1.1', SpeedFacts, lambda *_: Judgement.of()), SpeedFacts(seconds=2))",
        (
            "nine = Quantity(9, 's'); "
            "check(Judge('G-1.1', SpeedFacts, lambda it, _: rule(it, nine)), SpeedFacts(seconds=2))"
        ),
    ],
)
def test_a_limit_that_nothing_is_compared_with_is_no_pass(
    pytester: pytest.Pytester, acceptance: Path, body: str
) -> None:
    checks(acceptance, marked('"G-1.1"', body))
    pytester.runpytest("acceptance")
    expected = ("unverified", "no check compared anything with its limit, 5 s")
    assert verdicts(acceptance)["G-1.1"] == expected


def test_a_judgement_of_a_criterion_that_is_not_marked_is_refused(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(acceptance, marked('"G-1.1"', 'check(judge("FR-1.1"), SpeedFacts(seconds=1))'))
    result = pytester.runpytest("acceptance")
    assert result.ret == 1
    assert verdicts(acceptance)["FR-1.1"] == ("unverified", "no check yet")


ONE_FAULT = """
@pytest.fixture(scope="session")
def stack():
    raise PreconditionError("FR-4.1", "the gateway did not serve")
"""


@pytest.mark.parametrize("with_own_check", [True, False])
def test_one_fault_is_one_failure(
    pytester: pytest.Pytester, acceptance: Path, *, with_own_check: bool
) -> None:
    own = [marked('"FR-4.1"', "pass", "test_up(stack)")] if with_own_check else []
    others = [
        marked('"FR-1.1"', "pass", "test_mounts(stack)"),
        marked('"FR-1.2"', "pass", "test_base(stack)"),
    ]
    checks(acceptance, ONE_FAULT, *others, *own)
    result = pytester.runpytest("acceptance")
    assert result.ret == 1
    found = verdicts(acceptance)
    reason = "rests on FR-4.1, which failed: the gateway did not serve"
    assert found["FR-1.1"] == found["FR-1.2"] == ("unverified", reason)
    assert found["FR-4.1"] == ("failed", "the gateway did not serve")
    assert evidence_of(acceptance)["faults"] == [
        {"criterion": "FR-4.1", "reason": "the gateway did not serve", "artifacts": []}
    ]


LOST_STACK = """
from types import SimpleNamespace
from harness.pytest.run import RUN

@pytest.fixture(scope="session")
def stack(pytestconfig):
    made = SimpleNamespace(container=SimpleNamespace(status="running"))
    pytestconfig.stash[RUN].stack = made
    return made
"""


def test_a_stack_that_is_lost_on_the_way_leaves_the_rest_unverified(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(
        acceptance,
        LOST_STACK,
        marked('"FR-1.1"', "stack.container.status = 'exited'", "test_first(stack)"),
        marked('"FR-1.2"', "assert False", "test_second(stack)"),
    )
    assert pytester.runpytest("acceptance").ret == 1
    found = verdicts(acceptance)
    assert found["FR-1.1"] == ("passed", "")
    reason = "the run's stack is exited; something else ended it"
    assert found["FR-1.2"] == ("unverified", reason)


def test_a_missing_engine_fails_no_criterion_but_the_run(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    fixture = ONE_FAULT.replace('"FR-4.1"', "None").replace(
        "the gateway did not serve", "no engine"
    )
    checks(acceptance, fixture, marked('"FR-1.1"', "pass", "test_mounts(stack)"))
    assert pytester.runpytest("acceptance").ret == 1
    assert verdicts(acceptance)["FR-1.1"] == ("unverified", "no engine")


@pytest.mark.parametrize(
    "selection",
    [
        ["acceptance", "-k", "test_it"],
        ["acceptance/test_checks.py"],
        ["acceptance/test_checks.py::test_it"],
    ],
)
def test_a_criterion_passes_only_if_all_its_checks_ran(
    pytester: pytest.Pytester, acceptance: Path, selection: list[str]
) -> None:
    checks(acceptance, marked('"FR-1.2"', "pass"))
    (acceptance / "test_more.py").write_text(HEAD + marked('"FR-1.2"', "pass", "test_other()"))
    assert pytester.runpytest(*selection).ret == 0
    assert verdicts(acceptance)["FR-1.2"] == ("unverified", "not run: test_other")
    assert pytester.runpytest("acceptance").ret == 0
    assert verdicts(acceptance)["FR-1.2"] == ("passed", "")


def test_a_variant_that_was_deselected_is_missing_too(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    parameters = '@pytest.mark.parametrize("value", [1, 2])\n'
    checks(acceptance, parameters + marked('"FR-1.2"', "pass", "test_it(value)"))
    pytester.runpytest("acceptance", "-k", "test_it and 1")
    assert verdicts(acceptance)["FR-1.2"] == ("unverified", "not run: test_it")
    pytester.runpytest("acceptance")
    assert verdicts(acceptance)["FR-1.2"] == ("passed", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (marked('"FR-9.9"', "pass"), "*test_it: there is no criterion 'FR-9.9'*"),
        ('NAME = "G-1.1"\n' + marked("NAME", "pass"), "*test_it: *must be written out*"),
        ('pytestmark = pytest.mark.criterion("G-1.1")\ndef test_it(): pass', "*written out*"),
    ],
)
def test_a_marker_that_cannot_be_meant_fails_the_collection(
    pytester: pytest.Pytester, acceptance: Path, text: str, message: str
) -> None:
    checks(acceptance, text)
    result = pytester.runpytest("acceptance")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_several_processes_are_refused(pytester: pytest.Pytester, acceptance: Path) -> None:
    checks(acceptance, marked('"G-1.1"', "pass"))
    result = pytester.runpytest("acceptance", "-n", "2")
    assert result.ret != 0
    assert "run in one process: leave out -n" in result.stdout.str() + result.stderr.str()


def test_a_session_without_checks_leaves_nothing(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    checks(acceptance, "def test_plain(): pass")
    result = pytester.runpytest("acceptance")
    assert result.ret == 0
    assert "criteria" not in result.stdout.str()
    assert not (acceptance.parent / ".harness").exists()


def test_another_checkout_keeps_its_own_evidence(
    pytester: pytest.Pytester, acceptance: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "harness.toml").touch()
    checks(
        acceptance,
        marked('"G-1.1"', f"assert str(project.root) == {str(other)!r}", "test_it(project)"),
    )
    assert pytester.runpytest("acceptance", "--project", str(other)).ret == 0
    assert (other / ".harness" / "evidence" / "latest.json").exists()
    assert not (acceptance.parent / ".harness").exists()


def test_a_checkout_below_another_has_checks_of_its_own(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    local = pytester.path / "nested" / "acceptance" / "local"
    local.mkdir(parents=True)
    (pytester.path / "nested" / "harness.toml").touch()
    (local / "criteria.toml").write_text(CRITERIA.replace("FR-", "X-").replace("G-", "Y-"))
    (local / "test_own.py").write_text(HEAD + marked('"X-1.1"', "pass", "test_own()"))
    checks(acceptance, marked('"G-1.1"', "pass"))
    places = ["acceptance", str(local)]
    assert pytester.runpytest(*places, "--project", "nested", "--criterion", "X-1.1").ret == 0
    assert verdicts(pytester.path / "nested" / "acceptance")["X-1.1"] == ("passed", "")
