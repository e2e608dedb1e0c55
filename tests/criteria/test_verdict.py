import pytest
from pydantic import ValidationError

from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Bound, Judgement, Measurement, Verdict, combine

PASS = Judgement.of()
FAIL = Judgement.of(["it broke"])
UNKNOWN = Judgement.unverified("nobody knows")


@pytest.mark.parametrize(
    ("value", "bound", "within", "headroom"),
    [
        (4.0, "below", True, 0.2),
        (5.0, "below", False, 0.0),
        (6.0, "below", False, -0.2),
        (6.0, "above", True, 0.2),
        (5.0, "above", False, 0.0),
        (5.0, "at most", True, 0.0),
        (5.001, "at most", False, -0.0002),
        (5.0, "equal", True, None),
        (4.999, "equal", False, None),
    ],
)
def test_a_value_stands_to_its_limit(
    value: float, bound: Bound, *, within: bool, headroom: float | None
) -> None:
    measured = Measurement(name="p95", value=value, unit="s", limit=5, bound=bound)
    assert measured.within is within
    assert measured.headroom == (None if headroom is None else pytest.approx(headroom))


def test_a_measurement_is_told_in_the_limits_unit() -> None:
    measured = Measurement.of("added", Quantity(13_400_000, "B"), Quantity.parse("100 MB"))
    assert str(measured) == "added 13.4 MB (< 100 MB)"
    assert measured.model_dump()["headroom"] == pytest.approx(0.866)


def test_a_value_beyond_its_limit_fails_without_being_told() -> None:
    slow = Measurement.of("p95", Quantity(6, "s"), Quantity.parse("5 s"))
    judgement = Judgement.of(measurements=[slow], unknown=["the rest"])
    assert judgement.verdict is Verdict.FAILED
    assert judgement.reason == "p95 6 s (must be < 5 s)"


def test_only_a_pass_goes_without_a_reason() -> None:
    assert Judgement.of().verdict is Verdict.PASSED
    assert Judgement.of(unknown=["no engine"]).verdict is Verdict.UNVERIFIED
    for verdict, reason in ((Verdict.PASSED, "because"), (Verdict.FAILED, "")):
        with pytest.raises(ValidationError, match="a pass has no reason"):
            Judgement(verdict=verdict, reason=reason)


@pytest.mark.parametrize(
    ("judgements", "verdict", "reason"),
    [
        ([], Verdict.UNVERIFIED, "no check yet"),
        ([PASS, PASS], Verdict.PASSED, ""),
        ([PASS, UNKNOWN], Verdict.UNVERIFIED, "nobody knows"),
        ([UNKNOWN, FAIL, PASS], Verdict.FAILED, "it broke"),
        ([FAIL, FAIL], Verdict.FAILED, "it broke"),
    ],
)
def test_a_criterion_passes_only_if_all_its_checks_do(
    judgements: list[Judgement], verdict: Verdict, reason: str
) -> None:
    combined = combine(judgements)
    assert (combined.verdict, combined.reason) == (verdict, reason)


def test_what_was_observed_stays_beside_the_verdict_once() -> None:
    noted = Judgement(verdict=Verdict.PASSED, note="of made-up accounts")
    assert combine([noted, noted, Judgement.of()]).note == "of made-up accounts"
    assert combine([noted, Judgement.of(["it broke"])]).note == "of made-up accounts"
