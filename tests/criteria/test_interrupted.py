"""A run of the checks that somebody ends takes down what it had up, and says that it was ended."""

import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from harness import process
from harness.criteria.evidence import Evidence
from harness.criteria.verdict import Verdict
from harness.poll import until
from harness.process import Completed
from harness.report.merged import merge, sources

HARNESS = str(Path(sys.executable).parent / "harness")

CRITERIA = """
[[criterion]]
id = "X-1.1"
priority = "P1"
claim = "It ends."
proof = "run"
gate = "periodic"
observe = "something"
"""

CHECK = """
import os
import signal
from pathlib import Path

import pytest

from harness.poll import until


@pytest.fixture(scope="session")
def up():
    yield Path(__file__).with_name("torn-down")
    # The second of two signals comes while this is at work.
    for number in {during}:
        os.kill(os.getpid(), number)
    Path(__file__).with_name("torn-down").touch()


@pytest.mark.criterion("X-1.1")
def test_it(up):
    up.with_name("begun").touch()
    until(up.exists, seconds=60, what="the end")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a slow check of its own."""
    (tmp_path / "harness.toml").touch()
    (tmp_path / "acceptance" / "local").mkdir(parents=True)
    return tmp_path


def write_check(root: Path, *during: signal.Signals) -> Path:
    local = root / "acceptance" / "local"
    (local / "criteria.toml").write_text(CRITERIA, encoding="utf-8")
    numbers = [int(it) for it in during]
    text = CHECK.replace("{during}", str(numbers))
    (local / "test_it.py").write_text(text, encoding="utf-8")
    return local


def ended_by(number: signal.Signals, words: list[str], root: Path) -> Completed:
    """Send a signal to it while its check runs, and return how it ended."""
    # A worker's own variables would have pytest-benchmark take that run for a worker too.
    env = {name: it for name, it in os.environ.items() if "XDIST" not in name}
    begun = root / "acceptance" / "local" / "begun"
    with Popen(words, stdout=PIPE, stderr=PIPE, text=True, cwd=root, env=env) as child:
        try:
            until(begun.exists, seconds=30, what="the check runs")
            child.send_signal(number)
            printed = child.communicate(timeout=30)
        finally:
            child.kill()
    return Completed(child.returncode, *printed)


def accept(root: Path, *more: str) -> list[str]:
    return [HARNESS, "accept", "--project", str(root), "--criterion", "X-1.1", *more]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(root: Path, number: signal.Signals) -> None:
    local = write_check(root)
    done = ended_by(number, accept(root), root)
    assert done.status == 130, done.stderr
    assert (local / "torn-down").exists()
    evidence = Evidence.read(root / ".harness" / "evidence" / "latest.json")
    assert evidence.run.state == "interrupted"


def test_what_an_earlier_run_found_is_not_taken_back(root: Path) -> None:
    local = write_check(root)
    (local / "torn-down").touch()
    assert process.run(accept(root), check=False).status == 0
    for name in ("torn-down", "begun"):
        (local / name).unlink()
    done = ended_by(signal.SIGINT, accept(root), root)
    assert done.status == 130, done.stderr
    evidence = root / ".harness" / "evidence"
    last = next(it for it in Evidence.read(evidence / "latest.json").criteria if it.id == "X-1.1")
    assert (last.verdict, last.reason) == (Verdict.UNVERIFIED, "the check did not end")
    assert not last.was_judged
    found = merge(sources(evidence)).findings
    assert [it.criterion.verdict for it in found if it.criterion.id == "X-1.1"] == ["passed"]


@pytest.mark.parametrize(("more", "shown"), [([], False), (["--verbose"], True)])
def test_where_it_was_is_for_those_who_ask(root: Path, more: list[str], *, shown: bool) -> None:
    write_check(root)
    done = ended_by(signal.SIGINT, accept(root, *more), root)
    assert done.status == 130, done.stderr
    assert "0 passed, 0 failed, 1 unverified" in done.stdout
    assert ("!!! KeyboardInterrupt !!!" in done.stdout) is shown
    assert ("poll.py" in done.stdout) is shown
    assert ("--full-trace" in done.stdout) is shown


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_sigterm_that_follows_does_not_keep_it_from_that(
    root: Path, first: signal.Signals
) -> None:
    local = write_check(root, signal.SIGTERM)
    done = ended_by(first, accept(root), root)
    assert done.status == 130, done.stderr
    assert (local / "torn-down").exists()


def test_so_does_one_to_a_run_that_a_shell_has_put_behind(root: Path) -> None:
    local = write_check(root)
    behind = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *accept(root)]
    assert ended_by(signal.SIGTERM, behind, root).status == 130
    assert (local / "torn-down").exists()


def test_pytest_alone_does_it_too(root: Path) -> None:
    local = write_check(root)
    (root / "acceptance" / "criteria.toml").write_text(CRITERIA, encoding="utf-8")
    (local / "criteria.toml").unlink()
    words = [sys.executable, "-m", "pytest", "--rootdir=.", "-c", "harness.toml", "acceptance"]
    done = ended_by(signal.SIGTERM, words, root)
    assert done.status == pytest.ExitCode.INTERRUPTED, done.stdout + done.stderr
    assert (local / "torn-down").exists()
