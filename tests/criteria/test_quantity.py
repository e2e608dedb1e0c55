import pytest

from harness.criteria.quantity import Quantity, shown
from harness.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("5 s", 5),
        ("10 min", 600),
        ("250 ms", 0.25),
        ("100 MB", 100_000_000),
        ("4 GB", 4_000_000_000),
        ("4 GiB", 4_294_967_296),
        ("80 %", 0.8),
        (" 1.5GiB ", 1_610_612_736),
    ],
)
def test_a_limit_is_read_with_its_unit(text: str, base: float) -> None:
    assert Quantity.parse(text).base == pytest.approx(base)


@pytest.mark.parametrize("text", ["", "5", "s", "5 parsecs", "five s", "-5 s", "5 s 3 s", "4 gib"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no number with one of the units"):
        Quantity.parse(text)


@pytest.mark.parametrize(
    "text", ["5 s", "100 MB", "0 %", "99.95 %", "104857600 B", "1234.5678 kB", "0.000025 s"]
)
def test_a_limit_that_is_written_is_read_as_the_same(text: str) -> None:
    limit = Quantity.parse(text)
    assert str(limit) == text
    assert Quantity.parse(str(limit)) == limit


def test_a_value_is_shown_in_the_limits_own_unit() -> None:
    limit = Quantity.parse("100 MB")
    assert limit.convert(Quantity(13_400_000, "B")) == pytest.approx(13.4)
    assert str(limit) == "100 MB"


@pytest.mark.parametrize(
    ("value", "unit", "limit", "text"),
    [
        (13.42, "MB", 100, "13.4 MB"),
        (999.7, "MB", None, "999.7 MB"),
        (1699.6, "MB", 2000, "1,700 MB"),
        (100, "%", 80, "100 %"),
        (99.96, "%", 80, "99.96 %"),
        (94.96, "%", 95, "94.96 %"),
        (95, "%", 95, "95 %"),
        (4.9996, "s", 5, "4.9996 s"),
        (0.00123, "s", 5, "0.00123 s"),
        (0, "%", 0, "0 %"),
    ],
)
def test_what_is_not_the_limit_does_not_read_as_it(
    value: float, unit: str, limit: float | None, text: str
) -> None:
    assert shown(value, unit, limit) == text


def test_a_share_at_its_limit_is_not_over_it() -> None:
    assert Quantity.parse("95 %").convert(Quantity(100 * 95 / 100, "%")) == 95


@pytest.mark.parametrize(("value", "unit"), [(2, "s"), (0.5, "%")])
def test_what_is_of_another_kind_is_not_converted(value: float, unit: str) -> None:
    with pytest.raises(ConfigError, match=r"100 MB is a size, and .*; give it in one of the units"):
        Quantity.parse("100 MB").convert(Quantity(value, unit))
