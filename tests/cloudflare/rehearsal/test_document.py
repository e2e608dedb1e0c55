"""docs/rehearsal.md says what the rehearsal answers."""

from harness.cloudflare.rehearsal.api import ROUTES
from harness.cloudflare.rehearsal.document import with_tables
from tests.conftest import REPOSITORY

_DOCUMENT = REPOSITORY / "docs/rehearsal.md"


def test_the_tables_are_up_to_date() -> None:
    text = _DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run `python -m harness.cloudflare.rehearsal.document`"


def test_a_stale_table_is_noticed() -> None:
    text = _DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text.replace("| measured |", "| invented |", 1)) == text
    assert all(route.path in text for route in ROUTES)
