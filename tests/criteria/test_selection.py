"""Which checks run where only some criteria are asked for, and how `harness accept` ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HARNESS = Path(sys.executable).parent / "harness"
CRITERIA = "\n".join(
    f'[[criterion]]\nid = "{name}"\npriority = "{priority}"\nclaim = "{name} holds"\n'
    f'proof = "run"\ngate = "{"release" if priority == "P0" else "periodic"}"\n'
    'observe = "something"'
    for name, priority in (("FR-1.1", "P0"), ("FR-1.2", "P0"), ("G-3.1", "P1"))
)
CHECKS = """
import pytest

@pytest.fixture(scope="session")
def stack():
    raise AssertionError("nobody asked for a stack")

@pytest.mark.criterion("FR-1.1")
def test_one():
    pass

@pytest.mark.criterion("FR-1.2", "G-3.1")
def test_two(stack):
    pass
"""


@pytest.fixture(autouse=True)
def acceptance(folder: Path) -> Path:
    (folder / "criteria.toml").write_text(CRITERIA)
    (folder / "test_checks.py").write_text(CHECKS)
    return folder


def test_a_criterion_that_is_asked_for_runs_alone_without_what_others_need(
    pytester: pytest.Pytester,
) -> None:
    result = pytester.runpytest("acceptance", "--criterion", "FR-1.1")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["unverified: not run (2): FR-1.2, G-3.1"])


def test_a_priority_and_a_criterion_are_both_asked_for(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("acceptance", "--priority", "P1", "--criterion", "FR-1.1")
    result.assert_outcomes(passed=1, errors=1)


def test_a_gate_and_a_priority_are_asked_for_together(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("acceptance", "--gate", "release", "--criterion", "FR-1.1")
    result.assert_outcomes(passed=1, errors=1)
    result = pytester.runpytest("acceptance", "--gate", "periodic", "--priority", "P0")
    result.assert_outcomes(deselected=2)


def test_one_that_is_not_there_is_refused(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("acceptance", "--criterion", "FR-1.11")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: there is no criterion 'FR-1.11'; did you mean FR-1.1?"])


class TestAccept:
    """The command, on checks of this repository that need no engine."""

    @staticmethod
    def accept(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(HARNESS), "accept", "--project", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        local = tmp_path / "acceptance" / "local"
        local.mkdir(parents=True)
        (tmp_path / "harness.toml").touch()
        text = CRITERIA.replace("FR-1.", "X-1.").replace("G-3.", "X-3.")
        (local / "criteria.toml").write_text(text)
        (local / "test_local.py").write_text(
            "import pytest\n\n"
            '@pytest.mark.criterion("X-1.1")\ndef test_good(project):\n'
            '    assert (project.root / "harness.toml").is_file()\n\n'
            '@pytest.mark.criterion("X-1.2")\ndef test_bad():\n    assert False, "it broke"\n'
        )
        return tmp_path

    @pytest.mark.parametrize(
        ("criteria", "status"),
        [(["X-1.1"], 0), (["X-1.1", "X-3.1"], 4), (["X-1.1", "X-1.2", "X-3.1"], 1)],
    )
    def test_the_status_tells_the_worst_verdict(
        self, checkout: Path, criteria: list[str], status: int
    ) -> None:
        words = [word for name in criteria for word in ("--criterion", name)]
        done = self.accept(checkout, "--json", *words)
        assert done.returncode == status, done.stderr
        told = json.loads(done.stdout)
        assert [it["id"] for it in told["criteria"]] == criteria
        assert Path(told["evidence"]).is_file()
        assert Path(told["evidence"]).is_relative_to(checkout)

    def test_a_file_that_cannot_be_collected_is_no_ctrl_c(self, checkout: Path) -> None:
        broken = checkout / "acceptance" / "local" / "test_broken.py"
        broken.write_text("import no_such_module\n", encoding="utf-8")
        done = self.accept(checkout, "--criterion", "X-1.1")
        assert done.returncode == 2
        assert "No module named 'no_such_module'" in done.stdout

    def test_a_criterion_that_is_not_there_is_wrong_usage(self, checkout: Path) -> None:
        done = self.accept(checkout, "--criterion", "X-1.11")
        assert done.returncode == 2
        assert "there is no criterion 'X-1.11'; did you mean X-1.1?" in done.stderr
