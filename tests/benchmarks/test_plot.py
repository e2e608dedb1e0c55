from xml.etree import ElementTree as ET

import pytest

from harness.benchmark.plot import DARK, LIGHT, Palette, Scale, render
from harness.benchmark.result import Comparison

SVG = "{http://www.w3.org/2000/svg}"
READABLE = 4.5
"""WCAG's least contrast of text; shapes need 3."""
VISIBLE = 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_in_both_colour_schemes(palette: Palette) -> None:
    for colour in (palette.text, palette.muted, palette.bad):
        assert contrast(colour, palette.card) >= READABLE
    for colour in (palette.dot, palette.ours):
        assert contrast(colour, palette.card) >= VISIBLE


def test_each_save_that_was_served_is_a_dot(recorded: Comparison) -> None:
    root = ET.fromstring(render(recorded))  # noqa: S314 -- written by ourselves
    circles = root.findall(f"{SVG}circle")
    assert len(circles) == sum(len(it.seconds) for it in recorded.entries)
    ours = [it for it in circles if it.get("class") == "ours"]
    assert len(ours) == len(recorded.entry(recorded.ours).seconds)


def test_dots_stand_where_their_value_is(recorded: Comparison) -> None:
    root = ET.fromstring(render(recorded))  # noqa: S314 -- written by ourselves
    scale = Scale([seconds for it in recorded.entries for seconds in it.seconds])
    drawn = sorted(float(it.get("cx", 0)) for it in root.findall(f"{SVG}circle"))
    values = sorted(seconds for it in recorded.entries for seconds in it.seconds)
    assert drawn == [scale.place(value) for value in values]


def test_failed_requests_and_medians_are_named(recorded: Comparison) -> None:
    root = ET.fromstring(render(recorded))  # noqa: S314 -- written by ourselves
    texts = {"".join(it.itertext()) for it in root.findall(f"{SVG}text")}
    for entry in recorded.entries:
        assert entry.contestant.title in texts
        assert f"{entry.failed:,} of {entry.asked:,}" in texts
        assert not entry.lost or f"{entry.lost} of {len(entry.turns)} lost" in texts
    ours = recorded.entry(recorded.ours)
    assert f"{ours.median:.2f} s" in texts


def test_both_colour_schemes_are_in_the_picture(recorded: Comparison) -> None:
    text = render(recorded)
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    assert LIGHT.card in light
    assert DARK.card in dark


def test_titles_cannot_break_the_picture(recorded: Comparison) -> None:
    document = recorded.model_dump(mode="json")
    document["entries"][0]["contestant"]["title"] = "<b> & co"
    root = ET.fromstring(render(Comparison.model_validate(document)))  # noqa: S314 -- our own
    assert "<b> & co" in {"".join(it.itertext()) for it in root.findall(f"{SVG}text")}


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((0.4, 4.1), [0.2, 0.5, 1, 2, 5]),
        ((0.5, 0.5), [0.5, 1]),
        ((0.009, 0.02), [0.005, 0.01, 0.02]),
        ((0.0, 0.001), [0.001, 0.002]),
        ((0.5, 2.0), [0.5, 1, 2]),
        ((0.17, 14.9), [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]),
    ],
)
def test_the_axis_has_room_for_all_and_ends_at_ticks(
    values: tuple[float, ...], ticks: list[float]
) -> None:
    scale = Scale(values)
    assert scale.ticks == pytest.approx(ticks)
    places = [scale.place(value) for value in values]
    assert scale.place(ticks[0]) <= min(places) <= max(places) <= scale.place(ticks[-1])


def test_an_axis_without_a_save_has_ticks() -> None:
    assert Scale([]).ticks == [1, 2]


def test_twice_as_long_is_always_the_same_way(recorded: Comparison) -> None:
    scale = Scale([seconds for it in recorded.entries for seconds in it.seconds])
    first, *_, last = scale.ticks
    steps = [scale.place(2 * value) - scale.place(value) for value in (first, last / 2)]
    assert steps[0] == pytest.approx(steps[1], abs=0.2)
