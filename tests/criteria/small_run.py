"""A run of a few checks on criteria that are made up, and what its evidence says."""

import json
from pathlib import Path
from typing import Any

from harness.criteria.evidence import Evidence

__all__ = ["CRITERIA", "HEAD", "checks", "evidence_of", "marked", "verdicts"]

CRITERIA = "\n".join(
    f'[[criterion]]\nid = "{name}"\npriority = "P0"\nclaim = "{name} holds"\n'
    f'proof = "run"\ngate = "release"\nobserve = "something"\n{limit}'
    for name, limit in (
        ("FR-1.1", ""),
        ("FR-1.2", ""),
        ("FR-4.1", 'limit = "5 s"'),
        ("G-1.1", 'limit = "5 s"'),
    )
)

HEAD = """
import pytest
from harness.criteria.facts.model import Facts
from harness.criteria.faults import PreconditionError, UnobservableError
from harness.errors import ConfigError
from harness.criteria.judge.base import Judge
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

class SpeedFacts(Facts):
    seconds: float

def rule(facts, limit):
    return Judgement.of(measurements=[Measurement.of("p95", Quantity(facts.seconds, "s"), limit)])

def judge(name):
    return Judge(name, SpeedFacts, rule)
"""


def checks(acceptance: Path, *texts: str) -> None:
    (acceptance / "test_checks.py").write_text("\n\n".join([HEAD, *texts]))


def marked(names: str, body: str, function: str = "test_it(check)") -> str:
    return f"@pytest.mark.criterion({names})\ndef {function}:\n    {body}"


def evidence_of(acceptance: Path) -> dict[str, Any]:
    path = acceptance.parent / ".harness" / "evidence" / "latest.json"
    Evidence.read(path)  # whatever became of the run, its evidence is valid
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def verdicts(acceptance: Path) -> dict[str, tuple[str, str]]:
    found = evidence_of(acceptance)["criteria"]
    return {it["id"]: (it["verdict"], it["reason"]) for it in found}
