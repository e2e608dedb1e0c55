"""The search for made-up credentials in what is large, and what is remembered of it."""

import base64
import json
from pathlib import Path

import pytest

from harness.criteria.facts.canary import Canaries
from harness.criteria.facts.needles import found_in
from harness.criteria.facts.searched import Searched, once

CANARIES = Canaries.made_up(["A_TOKEN", "B_KEY"])
FILE = {".env.local": b".env.local\0"}
NOTHING = Searched(name="an image", bytes=3, held=())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("cut", range(1, 30))
def test_what_lies_across_two_parts_is_found(cut: int) -> None:
    text = b"before" + CANARIES.values["B_KEY"].encode() + b"after"
    assert found_in([text[:cut], text[cut:]], CANARIES, FILE) == (len(text), ("B_KEY",))


def test_a_file_is_found_by_its_name_only_where_the_name_ends() -> None:
    assert found_in([b"x/.env.local.example\0"], CANARIES, FILE)[1] == ()
    assert found_in([b"x/.env.", b"local\0"], CANARIES, FILE)[1] == (".env.local",)


def test_a_text_is_searched_for_every_form() -> None:
    value = CANARIES.values["A_TOKEN"]
    for form in (json.dumps(value), base64.b64encode(f"n:{value}".encode()).decode()):
        assert CANARIES.seen_in(form) == ("A_TOKEN",)


def test_an_image_is_searched_once_and_says_so() -> None:
    asked: list[str] = []

    def search() -> Searched:
        asked.append("searched")
        return NOTHING

    assert not once("sha256:1", search).earlier
    assert once("sha256:1", search) == NOTHING.model_copy(update={"earlier": True})
    assert asked == ["searched"]
    once("sha256:2", search)
    assert len(asked) == 2


def test_what_an_image_held_is_not_forgotten() -> None:
    once("sha256:1", lambda: Searched(name="an image", bytes=3, held=(".env.local",)))
    assert once("sha256:1", lambda: NOTHING).held == (".env.local",)


def test_what_was_kept_and_cannot_be_read_is_searched_again(cache: Path) -> None:
    once("sha256:1", lambda: NOTHING)
    kept = next(cache.glob("searched-images-*.json"))
    for text in ("{", "[]", '{"sha256:1": {"name": 1}}'):
        kept.write_text(text, encoding="utf-8")
        assert not once("sha256:1", lambda: NOTHING).earlier


def test_only_the_newest_are_kept(cache: Path) -> None:
    for number in range(60):
        once(f"sha256:{number}", lambda: NOTHING)
    kept = json.loads(next(cache.glob("searched-images-*.json")).read_text(encoding="utf-8"))
    assert list(kept) == [f"sha256:{number}" for number in range(10, 60)]
