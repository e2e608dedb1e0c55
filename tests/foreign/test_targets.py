"""Checkouts whose Makefile includes another, and whose workflow calls another."""

from pathlib import Path

from harness.criteria.facts import credential, critical_path, secret_use, trigger
from harness.criteria.judge import workflow as judge
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Verdict
from harness.doctor.finding import Status, Subject
from harness.doctor.project import make_targets
from harness.make import Makefile
from tests.foreign.checkouts import CALLING, INCLUDING, checkout


def test_targets_of_an_included_makefile_are_found(tmp_path: Path) -> None:
    makefile = Makefile(checkout(tmp_path, INCLUDING).root)
    assert makefile.has("dev")
    assert makefile.recipe("dev-logs") == ["docker compose logs"]
    assert not makefile.has("deploy-cf")
    assert not (tmp_path / ".env.local").exists()


def test_the_doctor_says_which_are_missing(tmp_path: Path) -> None:
    (finding,) = make_targets(Subject(checkout(tmp_path, INCLUDING)))
    assert (finding.status, finding.detail) == (Status.WARN, "no target deploy-cf")


def test_what_a_called_workflow_does_counts(tmp_path: Path) -> None:
    project = checkout(tmp_path, CALLING)
    pushes = trigger.observe(project)
    assert pushes.workflow == ".github/workflows/ship.yml"
    assert judge.goal(pushes).verdict is Verdict.PASSED
    assert judge.secrets(secret_use.observe(project)).verdict is Verdict.PASSED
    assert credential.observe(project).ci == ("CLOUDFLARE_API_TOKEN",)
    limits = critical_path.observe(project)
    assert limits.minutes == 8
    assert judge.critical_path(limits, Quantity(600, "s")).verdict is Verdict.PASSED
