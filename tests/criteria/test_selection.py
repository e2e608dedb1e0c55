"""Which checks run where only some criteria are asked for, and how `harness accept` ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.criteria.evidence import Evidence

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
    told = "1 passed, 0 failed, 0 unverified; 2 not asked for; evidence: *"
    result.stdout.fnmatch_lines([told])
    assert "FR-1.2" not in result.stdout.str()


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
    assert "criteria ===" not in result.stdout.str()
    assert not evidence(pytester)


def test_an_expression_that_cannot_be_read_leaves_no_evidence(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("acceptance", "-k", "one and")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not evidence(pytester)


def evidence(pytester: pytest.Pytester) -> list[Path]:
    return list(pytester.path.glob(".harness/evidence/*.json"))


SLOW = """

@pytest.mark.slow
@pytest.mark.criterion("FR-1.1")
def test_slow():
    pass

@pytest.mark.long
@pytest.mark.criterion("FR-1.2")
def test_long():
    pass

@pytest.mark.criterion("G-3.1")
@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_each(number):
    pass
"""


class TestWhatIsLeftToAskFor:
    @pytest.fixture(autouse=True)
    def checks(self, acceptance: Path) -> Path:
        checks = acceptance / "test_checks.py"
        checks.write_text(CHECKS.partition('@pytest.mark.criterion("FR-1.2", "G-3.1")')[0] + SLOW)
        return checks

    def test_a_kind_that_is_left_out_takes_its_criteria_with_it(
        self, pytester: pytest.Pytester, checks: Path
    ) -> None:
        result = pytester.runpytest("acceptance", "-m", "not slow")
        assert "unverified " not in result.stdout.str()
        result.stdout.fnmatch_lines(["0 passed, 0 failed, 0 unverified; 3 not asked for; *"])
        checks.write_text(checks.read_text().replace("@pytest.mark.slow", ""))
        result = pytester.runpytest("acceptance", "-m", "not slow")
        result.stdout.fnmatch_lines(["1 passed, 0 failed, 0 unverified; 2 not asked for; *"])

    def test_what_failed_is_told_all_the_same(
        self, pytester: pytest.Pytester, checks: Path
    ) -> None:
        checks.write_text(checks.read_text().replace("    pass", "    assert not 1", 1))
        result = pytester.runpytest("acceptance", "-m", "not slow")
        result.stdout.fnmatch_lines(
            ["FR-1.1 *failed *", "0 passed, 1 failed, 0 unverified; 2 not*"]
        )

    def test_one_that_is_named_is_asked_for(self, pytester: pytest.Pytester) -> None:
        result = pytester.runpytest("acceptance", "-m", "not slow", "--criterion", "FR-1.1")
        result.stdout.fnmatch_lines(["FR-1.1 *unverified not run: test_slow"])

    def test_checks_that_are_asked_for_by_name_ask_for_their_criteria(
        self, pytester: pytest.Pytester
    ) -> None:
        result = pytester.runpytest("acceptance", "-k", "test_one or test_each")
        lines = ["FR-1.1 *unverified not run: test_slow", "G-3.1 *passed *"]
        result.stdout.fnmatch_lines(
            [*lines, "1 passed, 0 failed, 1 unverified; 1 not asked for; *"]
        )

    def test_a_name_that_no_check_has_leaves_no_evidence(self, pytester: pytest.Pytester) -> None:
        result = pytester.runpytest("acceptance", "-k", "nothing")
        assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
        assert not evidence(pytester)


class TestAccept:
    """The command, on checks of this repository that need no engine."""

    @staticmethod
    def accept(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(HARNESS), "accept", "--project", str(root), *words]
        # A worker's own variables would have pytest-benchmark take that run for a worker too.
        env = {name: it for name, it in os.environ.items() if "XDIST" not in name}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

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

    @pytest.mark.parametrize(
        "body",
        ["Judgement.of([], [1])", 'raise PreconditionError("X-3.1", "it did not come up")'],
    )
    def test_a_check_that_breaks_or_rests_on_a_failure_fails_the_run(
        self, checkout: Path, body: str
    ) -> None:
        check = (
            "import pytest\nfrom harness.criteria.faults import PreconditionError\n"
            "from harness.criteria.verdict import Judgement\n\n"
            f'@pytest.mark.criterion("X-1.1")\ndef test_it():\n    {body}\n'
        )
        (checkout / "acceptance" / "local" / "test_more.py").write_text(check, encoding="utf-8")
        done = self.accept(checkout, "--json", "--criterion", "X-1.1")
        assert done.returncode == 1
        assert [it["verdict"] for it in json.loads(done.stdout)["criteria"]] == ["unverified"]

    def test_a_long_measurement_that_serves_no_criterion_is_left_to_pytest(
        self, checkout: Path
    ) -> None:
        (checkout / "acceptance" / "local" / "test_measurement.py").write_text(
            "import pytest\n\n@pytest.mark.long\ndef test_it(project):\n"
            '    (project.root / "measured").touch()\n',
            encoding="utf-8",
        )
        done = self.accept(checkout, "--long", "-k", "test_good or test_measurement")
        assert done.returncode == 0, done.stdout
        assert not (checkout / "measured").exists()

    def test_a_check_in_a_file_of_another_name_is_told_what_to_do(self, checkout: Path) -> None:
        local = checkout / "acceptance" / "local"
        (local / "test_local.py").rename(local / "own_test.py")
        done = self.accept(checkout, "--criterion", "X-1.1")
        assert done.returncode == 2
        assert "checks are read from files named test_*.py; rename own_test.py" in done.stderr

    def test_a_file_that_cannot_be_collected_is_no_ctrl_c(self, checkout: Path) -> None:
        broken = checkout / "acceptance" / "local" / "test_broken.py"
        broken.write_text("import no_such_module\n", encoding="utf-8")
        done = self.accept(checkout, "--criterion", "X-1.1")
        assert done.returncode == 2
        assert "No module named 'no_such_module'" in done.stdout

    def test_a_release_is_checked_on_one_image_and_not_on_what_a_tag_stands_for(
        self, checkout: Path
    ) -> None:
        done = self.accept(checkout, "--gate", "release", "--image", "registry/loa:main")
        assert done.returncode == 2
        assert "--image registry/loa:main names no digest" in done.stderr

    def test_a_criterion_that_is_not_there_is_wrong_usage(self, checkout: Path) -> None:
        done = self.accept(checkout, "--criterion", "X-1.1", "--criterion", "X-1.11")
        assert done.returncode == 2
        assert done.stderr == "error: there is no criterion 'X-1.11'; did you mean X-1.1?\n"
        assert not done.stdout
        assert not (checkout / ".harness").exists()

    def test_a_name_that_no_check_has_is_wrong_usage(self, checkout: Path) -> None:
        done = self.accept(checkout, "-k", "no_such_check")
        assert (done.returncode, done.stdout.strip()) == (2, "")
        assert done.stderr.startswith("error: no check fits what was asked for; ")

    def test_what_contradicts_itself_is_wrong_usage(self, checkout: Path) -> None:
        done = self.accept(checkout, "--quick", "--long")
        assert done.returncode == 2
        assert "--quick leaves out what --long asks for" in done.stderr

    @pytest.mark.parametrize("marker", ["slow", "long"])
    def test_the_quick_part_is_not_asked_what_it_cannot_tell(
        self, checkout: Path, marker: str
    ) -> None:
        place = checkout / "acceptance" / "local" / "test_local.py"
        place.write_text(
            "import pytest\n\n"
            '@pytest.mark.criterion("X-1.1", "X-3.1")\ndef test_soon():\n    pass\n\n'
            f"@pytest.mark.{marker}\n"
            '@pytest.mark.criterion("X-1.2", "X-3.1")\ndef test_late():\n    pass\n'
        )
        done = self.accept(checkout, "--quick", "--json", "-k", "test_local")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert [(it["id"], it["verdict"]) for it in told["criteria"]] == [("X-1.1", "passed")]
        left = Evidence.read(Path(told["evidence"])).criteria
        verdicts = {it.id: it.verdict.value for it in left if it.id.startswith("X-")}
        assert verdicts == {"X-1.1": "passed", "X-1.2": "unverified", "X-3.1": "unverified"}

    def test_it_counts_criteria_and_nothing_else(self, checkout: Path) -> None:
        done = self.accept(checkout, "--criterion", "X-1.1", "--criterion", "X-1.2")
        assert done.returncode == 1
        heads = [it.strip("= ") for it in done.stdout.splitlines() if it.startswith("===")]
        assert heads == ["FAILURES", "criteria"]
        assert "it broke" in done.stdout.partition("criteria ==")[0]  # pytest's own account of it
        last = done.stdout.splitlines()[-1]
        assert last.startswith("1 passed, 1 failed, 0 unverified; 66 not asked for; evidence: ")
        assert "benchmark:" not in done.stdout

    def test_verbose_says_what_pytest_says(self, checkout: Path) -> None:
        done = self.accept(checkout, "--criterion", "X-1.1", "-v")
        assert done.returncode == 0
        assert "benchmark:" in done.stdout
        assert "1 passed, " in done.stdout.splitlines()[-1]
