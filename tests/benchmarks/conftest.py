from pathlib import Path

import pytest

from harness.benchmark.contestant import Claims, Table
from harness.benchmark.figures import Figures
from harness.benchmark.result import Comparison

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def recorded() -> Comparison:
    """The comparison that the documents show."""
    path = ROOT / "docs" / "benchmark" / "save-to-live.json"
    return Comparison.model_validate_json(path.read_bytes())


@pytest.fixture(scope="session")
def figures() -> Figures:
    """The figures that the documents show."""
    return Figures.model_validate_json((ROOT / "docs/benchmark/figures.json").read_bytes())


@pytest.fixture(scope="session")
def claims() -> Claims:
    return Table.load(ROOT / "acceptance/benchmarks/contestants/contestants.toml").claims
