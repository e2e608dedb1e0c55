"""A sound checkout to sabotage, and the table of variants at the end of the test output."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.project import Project

SOUND = Path(__file__).parents[1] / "data" / "release"

Row = Counter[str]


@pytest.fixture
def checkout(tmp_path: Path) -> Project:
    """Return a copy of a small checkout in which all that can be read is right."""
    shutil.copytree(SOUND, tmp_path / "checkout")
    (tmp_path / "checkout" / "harness.toml").touch()
    return Project(tmp_path / "checkout")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say for each criterion how many variants there were, caught, missed, and blamed wrongly."""
    rows: dict[str, Row] = defaultdict(Counter)
    for wanted, failed in _outcomes(terminalreporter):
        for name in wanted:
            rows[name]["variants"] += 1
            rows[name]["caught" if name in failed else "missed"] += 1
        for name in set(failed) - set(wanted):
            rows[name]["false alarms"] += 1
    if rows:
        _write(terminalreporter, rows)


def _outcomes(reporter: pytest.TerminalReporter) -> Iterator[tuple[list[str], list[str]]]:
    for reports in reporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "variant" and report.when == "call":
                    yield value[0], value[1]


def _write(reporter: pytest.TerminalReporter, rows: dict[str, Row]) -> None:
    columns = ("variants", "caught", "missed", "false alarms")
    reporter.section("every check can fail")
    reporter.write_line(f"{'':10}" + "".join(f"{name:>14}" for name in columns))
    total: Row = Counter()
    for name, row in sorted(rows.items()):
        total += row
        reporter.write_line(f"{name:10}" + "".join(f"{row[it]:>14}" for it in columns))
    reporter.write_line(f"{'total':10}" + "".join(f"{total[it]:>14}" for it in columns), bold=True)
