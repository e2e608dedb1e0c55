"""What every judge adds to its rule."""

import inspect
from pathlib import Path

import pytest

from harness.criteria.facts.account import AccountFacts
from harness.criteria.facts.model import Facts
from harness.criteria.judge import every
from harness.criteria.judge.base import judges
from harness.criteria.verdict import Judgement, Verdict
from tests.imports import imported_names

# What plays a service that cannot be reached from here.
_STAND_INS = (
    "harness.cloudflare.rehearsal",
    "harness.github.rehearsal",
    "harness.fixtures.pushes",
    "harness.fixtures.releases",
)
_HERE = "on this machine"


class _Plain(Facts):
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class _OfOne(_Plain):
    stand_ins = ("Cloudflare",)


class _OfTwo(_Plain):
    stand_ins = ("GitHub", "Cloudflare")


@judges("X-1")
def _one(facts: _Plain) -> Judgement:
    return Judgement.of(facts.problems, unknown=facts.unknown)


@pytest.mark.parametrize(
    ("facts", "verdict", "note"),
    [
        (_Plain(), Verdict.PASSED, ""),
        (_OfOne(), Verdict.PASSED, f"seen on a stand-in of Cloudflare {_HERE}"),
        (_OfOne(problems=("no",)), Verdict.FAILED, f"seen on a stand-in of Cloudflare {_HERE}"),
        (_OfTwo(), Verdict.PASSED, f"seen on stand-ins of GitHub and Cloudflare {_HERE}"),
        (_OfTwo(unknown=("nobody knows",)), Verdict.UNVERIFIED, ""),
    ],
)
def test_a_verdict_that_rests_on_a_stand_in_says_so(
    facts: _Plain, verdict: Verdict, note: str
) -> None:
    found = _one(facts)
    assert (found.verdict, found.note) == (verdict, note)


def _plays(kind: type[Facts]) -> bool:
    return any(it.startswith(_STAND_INS) for it in imported_names(Path(inspect.getfile(kind))))


def test_no_facts_of_a_stand_in_pass_for_those_of_the_real_service() -> None:
    kinds = {it.facts for it in every.ALL}
    seen = {kind for kind in kinds if _plays(kind)}
    # D-2 asks the real account too where a token is given, and says which it was.
    assert {it for it in kinds if it.stand_ins} == seen - {AccountFacts}
