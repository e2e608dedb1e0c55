"""A link in a document leads to a file, or a heading, that is there."""

import re
from pathlib import Path

import pytest

from tests.docs.documented import DOCUMENTS

_LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def slugs(path: Path) -> set[str]:
    """Return what GitHub calls the headings of a document."""
    found = _HEADING.findall(path.read_text(encoding="utf-8"))
    words = (re.sub(r"[^\w\- ]", "", it.lower()) for it in found)
    return {it.replace(" ", "-") for it in words}


def dead(path: Path) -> list[str]:
    text = _CODE.sub("", path.read_text(encoding="utf-8"))
    found = [
        (name, heading, path.parent / name if name else path)
        for name, heading in _LINK.findall(text)
    ]
    missing = [name for name, _, target in found if not target.exists()]
    wrong = [
        f"{name}#{heading}"
        for name, heading, target in found
        if heading and target.is_file() and heading not in slugs(target)
    ]
    return missing + wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda it: it.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert not dead(path)


def test_every_document_is_linked_from_the_readme() -> None:
    text = DOCUMENTS[0].read_text(encoding="utf-8")
    assert not [it.name for it in DOCUMENTS[1:] if f"(docs/{it.name})" not in text]


@pytest.mark.parametrize("link", ["[a](nowhere.md)", "[a](here.md#no-such)", "![a](x/y.svg)"])
def test_one_that_leads_nowhere_is_found(tmp_path: Path, link: str) -> None:
    (tmp_path / "here.md").write_text(f"# A heading\n\n{link}\n", encoding="utf-8")
    assert dead(tmp_path / "here.md")


def test_one_that_leads_to_a_heading_is_not(tmp_path: Path) -> None:
    (tmp_path / "here.md").write_text(
        "# One: `two` heads\n\n[a](#one-two-heads)\n", encoding="utf-8"
    )
    assert not dead(tmp_path / "here.md")
