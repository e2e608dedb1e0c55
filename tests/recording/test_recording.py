"""The README's picture is that of the recording beside it, and the recording is of a real run."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.engine.model import Engine
from tests.recording.__main__ import CAST, PICTURE
from tests.recording.cast import Cast, Event
from tests.recording.picture import draw
from tests.recording.session import record

SVG = "{http://www.w3.org/2000/svg}"


def rows(picture: str) -> list[str]:
    """Return the lines of text, in order of their heights."""
    found: dict[float, list[tuple[float, str]]] = {}
    for it in ET.fromstring(picture).iter(f"{SVG}text"):  # noqa: S314 -- we have drawn it
        if "clip-path" in it.attrib:
            piece = (float(it.attrib["x"]), "".join(it.itertext()).replace("\xa0", " "))
            found.setdefault(float(it.attrib["y"]), []).append(piece)
    return ["".join(text for _, text in sorted(row)).strip() for _, row in sorted(found.items())]


def cast(*events: Event) -> Cast:
    return Cast(40, 10, "a title", events)


def test_what_was_written_over_is_not_shown() -> None:
    drawn = draw(cast(Event(0, "o", "one\r\nloading"), Event(1, "o", "\r\x1b[Kdone\r\nkeys")))
    assert [it for it in rows(drawn) if it] == ["one", "done", "keys"]


def test_a_mark_stands_beside_the_line_that_came_of_it() -> None:
    drawn = draw(
        cast(
            Event(0, "o", "up\r\nkeys"),
            Event(1, "m", "a save"),
            Event(2, "o", "\r\x1b[Klive\r\nkeys"),
        )
    )
    assert [it for it in rows(drawn) if it] == ["up", "a save ▸ live", "keys"]


def test_colours_are_kept() -> None:
    plain, red = (draw(cast(Event(0, "o", it))) for it in ("x", "\x1b[31mx\x1b[0m"))
    assert plain != red
    assert len(set(re.findall(r"fill: (#\w+)", red)) - set(re.findall(r"fill: (#\w+)", plain))) == 1


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = cast(Event(0.5, "o", "→ é\x1b[31m"), Event(1.25, "m", "a save"))
    written.write(tmp_path / "x.cast")
    assert Cast.read(tmp_path / "x.cast") == Cast(40, 10, "a title", list(written.events))
    (tmp_path / "y.cast").write_text('{"version": 3}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="format"):
        Cast.read(tmp_path / "y.cast")


def test_the_picture_is_that_of_the_recording() -> None:
    assert draw(Cast.read(CAST)) == PICTURE.read_text(encoding="utf-8")


def test_it_fetches_nothing_and_is_of_a_whole_session() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    assert not re.findall(r"url\((?!#)|href|<script|@import", drawn)
    shown = "\n".join(rows(drawn))
    assert re.search(r"^\$ harness dev$", shown, re.MULTILINE)
    assert re.search(r"^Loa is up: ", shown, re.MULTILINE)
    marked = re.findall(r"^(.+) ▸ scheduler\.ts → (live in|broken after) ", shown, re.MULTILINE)
    assert marked == [
        ("a save", "live in"),
        ("a broken one", "broken after"),
        ("mended", "live in"),
    ]
    assert "the one before goes on serving" in shown
    assert len(re.findall(r"live in .* tsc ok$", shown, re.MULTILINE)) == 2


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.slow
def test_it_can_be_recorded_again(docker: Engine) -> None:
    shown = [it for it in rows(draw(record(docker))) if it]
    marked = [it for it in shown if "▸" in it]
    assert [it.partition(" ▸ ")[0] for it in marked] == ["a save", "a broken one", "mended"]
    assert all("scheduler.ts → " in it for it in marked)
    assert sum(it.endswith("tsc ok") for it in marked) == 2
