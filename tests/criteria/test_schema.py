"""The documented schema of evidence is the one that is written, and no other is read."""

from pathlib import Path

import pytest

from harness.criteria.evidence import Evidence
from harness.criteria.schema import schema
from harness.errors import ConfigError
from tests.conftest import REPOSITORY


def test_the_documented_schema_is_the_one_that_is_written() -> None:
    documented = (REPOSITORY / "docs/evidence.schema.json").read_text(encoding="utf-8")
    assert documented == schema(), "python -m harness.criteria.schema > docs/evidence.schema.json"


def test_evidence_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"schema_version": 0}')
    with pytest.raises(ConfigError, match=r"old\.json: no evidence of version 1: schema_version"):
        Evidence.read(path)
