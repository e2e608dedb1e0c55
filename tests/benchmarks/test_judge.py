from collections.abc import Callable
from typing import Any

import pytest

from harness.benchmark.contestant import Claims
from harness.benchmark.judge import judge
from harness.benchmark.result import Comparison
from harness.criteria.verdict import Verdict

Change = Callable[[dict[str, Any]], None]


def changed(found: Comparison, *changes: Change) -> Comparison:
    document = found.model_dump(mode="json")
    for change in changes:
        change(document)
    return Comparison.model_validate(document)


def every_turn(name: str, **values: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        for turn in entry_of(document, name)["turns"]:
            turn.update(values)

    return change


def first_turn(name: str, **values: object) -> Change:
    return lambda document: entry_of(document, name)["turns"][0].update(values)


def broken(name: str, **values: object) -> Change:
    return lambda document: entry_of(document, name)["broken"].update(values)


def whole(**values: object) -> Change:
    return lambda document: document.update(values)


def entry_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = document["entries"]
    return next(it for it in entries if it["contestant"]["name"] == name)


def test_what_the_documents_show_bears_out_what_is_claimed(
    recorded: Comparison, claims: Claims
) -> None:
    judgement = judge(recorded, claims)
    assert judgement.verdict is Verdict.PASSED, judgement.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([first_turn("handover", failed=1)], "1 of "),
        ([first_turn("handover", seconds=None)], "1 of 20 saves were never served"),
        ([every_turn("handover", seconds=None)], "20 of 20 saves were never served"),
        ([broken("handover", failed=3)], "3 of 119 requests failed after a syntax error"),
        (
            [broken("handover", failed=0, seconds=None)],
            "the good save after a syntax error was never served",
        ),
        ([first_turn("handover", stale=2)], "2 requests were answered as before the save"),
        (
            [
                every_turn("handover", seconds=1.0),
                every_turn("entr", seconds=2.9),
                whole(foreign=0.1),
            ],
            "entr takes 2.9 times as long (must be > 3 times as long)",
        ),
    ],
)
def test_numbers_that_contradict_a_claim_fail_it(
    recorded: Comparison, claims: Claims, changes: list[Change], reason: str
) -> None:
    judgement = judge(changed(recorded, *changes), claims)
    assert judgement.verdict is Verdict.FAILED
    assert reason in judgement.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([lambda it: entry_of(it, "entr")["turns"].pop()], "entr: 7 of 8 rounds"),
        ([lambda it: entry_of(it, "handover")["turns"].clear()], "handover: 0 of 20 rounds"),
        ([lambda it: entry_of(it, "handover").update(broken=None)], "no time was left"),
        ([first_turn("entr", settled=False)], "entr: not at rest after 1 saves"),
        ([every_turn("entr", seconds=None), whole(foreign=0.9)], "entr never served a save"),
        (
            [every_turn("entr", seconds=None), first_turn("handover", settled=False)],
            "handover: not at rest after 1 saves",
        ),
        (
            [
                every_turn("handover", seconds=1.0),
                every_turn("entr", seconds=2.9),
                whole(foreign=0.5),
            ],
            "while other programs took 50% of the processors",
        ),
    ],
)
def test_what_cannot_be_known_is_neither_borne_out_nor_contradicted(
    recorded: Comparison, claims: Claims, changes: list[Change], reason: str
) -> None:
    judgement = judge(changed(recorded, *changes), claims)
    assert judgement.verdict is Verdict.UNVERIFIED
    assert reason in judgement.reason


def test_what_became_of_ours_counts_where_there_is_nothing_to_compare_it_with(
    recorded: Comparison, claims: Claims
) -> None:
    found = changed(recorded, every_turn("entr", seconds=None), first_turn("handover", failed=1))
    assert judge(found, claims).verdict is Verdict.FAILED


@pytest.mark.parametrize("name", ["entr", "nodemon"])
def test_nothing_is_claimed_of_others_after_a_syntax_error(
    recorded: Comparison, claims: Claims, name: str
) -> None:
    found = changed(recorded, broken(name, seconds=None))
    assert judge(found, claims).verdict is Verdict.PASSED


def test_a_busy_machine_excuses_slowness_but_no_failed_request(
    recorded: Comparison, claims: Claims
) -> None:
    found = changed(recorded, first_turn("handover", failed=1), whole(foreign=0.9))
    assert judge(found, claims).verdict is Verdict.FAILED
