"""The documented schema of evidence is the one that is written."""

from harness.criteria.schema import schema
from tests.conftest import REPOSITORY


def test_the_documented_schema_is_the_one_that_is_written() -> None:
    documented = (REPOSITORY / "docs/evidence.schema.json").read_text(encoding="utf-8")
    assert documented == schema(), "python -m harness.criteria.schema > docs/evidence.schema.json"
