import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.criteria.catalog import Catalog
from harness.criteria.checks import declared
from harness.criteria.facts.model import Facts
from harness.criteria.judge.every import ALL
from harness.criteria.verdict import Judgement, Verdict, combine
from tests.can_fail.variants import RIGHT, UNKNOWN, WRONG, Variant

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "facts"
CATALOG = Catalog.load(ROOT / "acceptance" / "criteria.toml")
KINDS = {judge.facts for judge in ALL}

Json = Any  # a list or an object: what the keys of a path lead through
Recorder = Callable[[str, object], None]


def verdicts(changed: Mapping[type[Facts], Facts] | None = None) -> dict[str, Judgement]:
    """Judge everything on the recorded facts, some of them changed."""
    facts = {kind: kind.recorded(RECORDED) for kind in KINDS} | dict(changed or {})
    judged: dict[str, list[Judgement]] = {}
    for judge in ALL:
        limit = CATALOG[judge.criterion].limit
        judged.setdefault(judge.criterion, []).append(judge(facts[judge.facts], limit))
    return {name: combine(judgements) for name, judgements in judged.items()}


def sabotaged(variant: Variant) -> Facts:
    document = json.loads(variant.facts.recorded(RECORDED).model_dump_json())
    for path, value in variant.changes.items():
        _change(document, path.split(), value)
    return variant.facts.model_validate_json(json.dumps(document))


def _change(document: Json, path: list[str], value: object) -> None:
    key, *rest = (int(word) if word.isdecimal() else word for word in path)
    if isinstance(document, dict):
        key = str(key)
    if rest:
        _change(document[key], path[1:], value)
    elif value is ...:
        del document[key]
    elif key == len(document):
        document.append(value)
    else:
        document[key] = value


@pytest.mark.parametrize(
    "variant", WRONG, ids=lambda it: f"{'+'.join(sorted(it.criteria))}: {it.name}"
)
def test_a_sabotaged_environment_fails_its_criterion_and_no_other(
    variant: Variant, record_property: Recorder
) -> None:
    found = verdicts({variant.facts: sabotaged(variant)})
    failed = {name for name, it in found.items() if it.verdict is Verdict.FAILED}
    record_property("variant", [sorted(variant.criteria), sorted(failed)])
    assert failed == variant.criteria


@pytest.mark.parametrize(
    "variant", UNKNOWN, ids=lambda it: f"{'+'.join(sorted(it.criteria))}: {it.name}"
)
def test_what_cannot_be_known_is_neither_passed_nor_failed(variant: Variant) -> None:
    found = verdicts({variant.facts: sabotaged(variant)})
    unknown = {name for name, it in found.items() if it.verdict is Verdict.UNVERIFIED}
    assert unknown == variant.criteria
    assert not [name for name, it in found.items() if it.verdict is Verdict.FAILED]


@pytest.mark.parametrize("variant", RIGHT, ids=lambda it: f"{it.facts.kind()}: {it.name}")
def test_what_is_unusual_but_right_passes(variant: Variant, record_property: Recorder) -> None:
    found = verdicts({variant.facts: sabotaged(variant)})
    failed = {name for name, it in found.items() if it.verdict is not Verdict.PASSED}
    record_property("variant", [[], sorted(failed)])
    assert not failed


def test_the_recorded_environment_passes() -> None:
    found = verdicts()
    assert not {name: it.reason for name, it in found.items() if it.verdict is not Verdict.PASSED}


def test_an_environment_that_does_not_come_up_is_one_failure() -> None:
    variant = Variant(
        "nothing comes up",
        next(kind for kind in KINDS if kind.kind() == "lifecycle"),
        {"first status": 1, "first healthy": False, "second": None, "down": None, "clean": None},
        frozenset({"FR-4.1"}),
        Verdict.FAILED,
    )
    found = verdicts({variant.facts: sabotaged(variant)})
    assert {name for name, it in found.items() if it.verdict is Verdict.FAILED} == {"FR-4.1"}
    for name in ("FR-4.5", "FR-4.6", "NFR-4.4", "NFR-4.5"):
        assert found[name].verdict is Verdict.UNVERIFIED
        assert found[name].reason.startswith("rests on FR-4.1")


def test_every_judge_has_two_variants_that_it_must_fail() -> None:
    for judge in ALL:
        own = [it for it in WRONG if it.facts is judge.facts and judge.criterion in it.criteria]
        assert len(own) >= 2, judge.criterion


def test_every_criterion_with_a_check_has_two_variants_that_it_must_fail() -> None:
    checked = {name for names in declared(ROOT / "acceptance", ROOT).values() for name in names}
    caught = Counter(name for it in WRONG for name in it.criteria)
    assert not {name for name in checked if caught[name] < 2}, "add them to tests/can_fail/variants"


def test_recorded_facts_hold_nothing_of_a_machine() -> None:
    for path in RECORDED.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        for word in ("/work/", "/root/", "/home/", "/tmp/"):  # noqa: S108 -- not used as one
            assert word not in text, path.name
        # The name of a credential may stand there, its value may not.
        assert not re.search(r"TOKEN\w*\W{0,2}[:=]", text), path.name
