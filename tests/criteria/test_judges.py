"""What every judge adds to its rule."""

import ast
import inspect
import sys

import pytest

from harness.criteria.facts.account import AccountFacts
from harness.criteria.facts.model import Facts
from harness.criteria.judge import every
from harness.criteria.judge.base import judges
from harness.criteria.verdict import Judgement, Verdict

# What plays a service that cannot be reached from here.
_STAND_INS = (
    "harness.cloudflare.rehearsal",
    "harness.github.rehearsal",
    "harness.fixtures.pushes",
    "harness.fixtures.releases",
)


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
    ("facts", "note"),
    [
        (_Plain(), ""),
        (_OfOne(), "seen on a stand-in of Cloudflare on this machine"),
        (_OfOne(problems=("it broke",)), "seen on a stand-in of Cloudflare on this machine"),
        (_OfTwo(), "seen on stand-ins of GitHub and Cloudflare on this machine"),
        (_OfTwo(unknown=("nobody knows",)), ""),
    ],
)
def test_a_verdict_that_rests_on_a_stand_in_says_so(facts: _Plain, note: str) -> None:
    found = _one(facts)
    assert found.note == note
    expected = {"problems": Verdict.FAILED, "unknown": Verdict.UNVERIFIED}
    told = [expected[name] for name, value in facts if value]
    assert found.verdict is (told[0] if told else Verdict.PASSED)


def _imported(kind: type[Facts]) -> set[str]:
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    return {it.module or "" for it in ast.walk(tree) if isinstance(it, ast.ImportFrom)}


def test_no_facts_of_a_stand_in_pass_for_those_of_the_real_service() -> None:
    kinds = {it.facts for it in every.ALL}
    seen = {kind for kind in kinds if any(it.startswith(_STAND_INS) for it in _imported(kind))}
    # D-2 asks the real account too where a token is given, and says which it was.
    assert {it for it in kinds if it.stand_ins} == seen - {AccountFacts}
