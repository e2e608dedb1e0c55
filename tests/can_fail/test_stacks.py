"""The checks themselves, run on a sabotaged copy of this very checkout.

Each sabotage is a small edit of the real tree. All of those that leave the stack standing share
one, so the checks must tell them apart.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import process
from harness.criteria.evidence import Evidence
from harness.criteria.verdict import Verdict
from harness.fixtures.copy import working_copy
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE, DOCKERFILE, MAKEFILE = "docker-compose.dev.yml", "deploy/Dockerfile.dev", "Makefile"
PATIENCE = 900.0
# They take their time, rest on no stack, and look at nothing that is sabotaged here.
ELSEWHERE = (
    "test_fr4_makefile.py::test_make_deploy_cf_releases",
    "test_g2_release.py",
    "test_dependencies.py::test_the_account_has_what_releases_need",
    "test_dependencies.py::test_nothing_begins_without_credentials",
    "test_risks.py::test_ci_verifies_the_image",
    "test_fr5_workflow.py::test_the_commit_is_told_how_it_ended",
)

TAKING_TIME = ("no_command", "release_leaves", "image_that_is_pushed", "wrangler_deploys")

WITHOUT_STACK = {
    *("D-1", "FR-2.1", "FR-2.5", "FR-5.1", "FR-5.2", "G-2.1"),
    *("NFR-3.1", "NFR-3.2", "NFR-4.2", "NFR-4.3", "R-3.1"),
}
"""What can be known of a sound checkout whose layer does not load."""


class Sabotage(NamedTuple):
    """A text of the tree that is replaced, and the criteria that must then fail."""

    criteria: str
    file: str
    old: str
    new: str


SABOTAGES = (
    Sabotage("FR-1.1", COMPOSE, "read_only: true", "read_only: false"),
    Sabotage("FR-1.4", COMPOSE, '"127.0.0.1:${LOA_HEALTH_PORT', '"${LOA_HEALTH_PORT'),
    Sabotage("FR-1.3 G-1.3", COMPOSE, "\n    memswap_limit: 4G\n", "\n"),
    Sabotage("FR-4.5", COMPOSE, "- sessions:/data/clawdbot", "- sessions:/data/elsewhere"),
    Sabotage(
        "FR-1.2 FR-2.3 FR-2.5 US-3.1",
        DOCKERFILE,
        "\nUSER 1000:1000",
        "\nRUN (pip --version || true) && ln -sf /bin/true /usr/local/bin/tsx"
        " && head -c 120000000 /dev/urandom >/opt/ballast\nUSER 1000:1000",
    ),
    Sabotage("FR-2.4", DOCKERFILE, 'LABEL dev.loa.mounts="/workspace/.claude ', 'LABEL mounts="'),
    Sabotage("FR-1.5", "deploy/start-loa.sh", "\nreport starting", "\nunset BEAUVOIR_DEV_MODE"),
    Sabotage(
        "FR-3.1",
        "deploy/start-loa-dev.sh",
        "\nexport BEAUVOIR_DEV_MODE=${BEAUVOIR_DEV_MODE:-1}\n",
        "\nrecover() { :; }\n",
    ),
    Sabotage("FR-3.2", "harness.toml", '/**/*.ts", "deploy', '/**/*.*", "deploy'),
    Sabotage(
        "FR-3.3",
        "deploy/dev/notice.mjs",
        "this.reload.changed(changed, since);",
        # A second restart on one save, of new files only, so that other checks see none of it.
        "this.reload.changed(changed, since);\n"
        "    const before = this.reload.active;\n"
        "    const again = (timer) => {\n"
        "      if (this.reload.active === before) return;\n"
        "      clearInterval(timer);\n"
        "      this.reload.restart('again');\n"
        "    };\n"
        "    if (changed.some((path) => path.includes('/probe_')))\n"
        "      var timer = setInterval(() => again(timer), 20);",
    ),
    Sabotage("FR-3.4", "deploy/dev/reloader.mjs", 'options: ["--verbose"]', "options: []"),
    Sabotage("FR-3.5", "deploy/dev/log.mjs", "`${stamp()} ${text.", "`${text."),
    Sabotage("FR-4.1", MAKEFILE, "@$(HARNESS) dev\n", "@$(HARNESS) down; $(HARNESS) dev\n"),
    Sabotage("FR-4.2 G-1.4", MAKEFILE, "@$(HARNESS) shell\n", "@$(HARNESS) shell || true\n"),
    Sabotage("FR-4.3", MAKEFILE, "@$(HARNESS) logs\n", "@$(HARNESS) logs --no-follow\n"),
    Sabotage("NFR-4.1", ".gitignore", "\n.env.local\n", "\n"),
    Sabotage(
        "NFR-4.4 NFR-4.5",
        MAKEFILE,
        "@$(HARNESS) down\n",
        "@$(HARNESS) down; cat .env.local; sh -c 'sleep 1; true' \"$$(cat .env.local)\"\n",
    ),
    Sabotage(
        "NFR-4.6",
        "deploy/start-loa-dev.sh",
        "\nrequire_token\n",
        "\nrequire_token\nenv | grep KEY\n",
    ),
    Sabotage("FR-4.6", MAKEFILE, "@$(HARNESS) clean\n", "@$(HARNESS) down\n"),
)


@pytest.fixture
def tree() -> Iterator[Project]:
    with working_copy(Project(REPOSITORY)) as copy:
        yield copy


def sabotage(tree: Project, edit: Sabotage) -> None:
    path = tree.root / edit.file
    text = path.read_text(encoding="utf-8")
    assert edit.old in text, f"{edit.file} has changed: the sabotage must follow"
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def silence_documents(tree: Project) -> set[str]:
    for path in (*tree.root.glob("*.md"), *tree.root.glob("docs/**/*.md")):
        path.write_text("# Nothing\n", encoding="utf-8")
    return {"NFR-3.2", "NFR-4.2", "R-1.1", "R-2.1", "R-3.1"}


def accept(tree: Project) -> Evidence:
    """Run the checks on the tree, as a person would, and return the evidence that they left."""
    words = [sys.executable, "-m", "pytest", "acceptance", "--ignore=acceptance/benchmarks"]
    # The production image holds the tree's faults too, and is checked by itself.
    words += ["--ignore=acceptance/test_fr6_dockerfile.py"]
    words += ["-p", "no:cacheprovider", "--project", str(tree.root)]
    words += [f"--deselect=acceptance/{name}" for name in ELSEWHERE]
    # What every command prints, and what becomes of a push, is tried by the acceptance itself, and
    # takes its time.
    words += ["-k", " and ".join(f"not {name}" for name in TAKING_TIME)]
    environment = {"PYTEST_ADDOPTS": "", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    process.run(words, cwd=REPOSITORY, env=environment, timeout=PATIENCE, check=False)
    return Evidence.read(tree.state_dir / "evidence" / "latest.json")


def of(evidence: Evidence, verdict: Verdict) -> set[str]:
    return {it.id for it in evidence.criteria if it.verdict is verdict and it.checks}


@pytest.mark.xdist_group("stacks")
def test_every_sabotage_is_caught_and_nothing_else_is_blamed(tree: Project) -> None:
    for edit in SABOTAGES:
        sabotage(tree, edit)
    expected = {name for edit in SABOTAGES for name in edit.criteria.split()}
    expected |= silence_documents(tree)
    evidence = accept(tree)
    failed = of(evidence, Verdict.FAILED)
    # Of those that were missed, or blamed for nothing, the test tells why.
    other = [it for it in evidence.criteria if it.id in failed ^ expected]
    assert failed == expected, {it.id: (it.verdict, it.reason) for it in other}
    assert of(evidence, Verdict.PASSED) >= {
        "D-1",
        "FR-2.1",
        "FR-2.2",
        "G-1.2",
        "NFR-3.1",
    }
    kept = next(it for it in evidence.criteria if it.id == "FR-1.1").checks[0].artifacts
    assert any(name.endswith("container.log") for name in kept)


@pytest.mark.xdist_group("no-stack")
def test_a_stack_that_does_not_come_up_is_one_failure(tree: Project) -> None:
    layer = tree.config.probe.file
    (tree.root / layer).write_text("export const broken = ;;;(\n", encoding="utf-8")
    evidence = accept(tree)
    assert of(evidence, Verdict.FAILED) == {"FR-4.1"}
    assert of(evidence, Verdict.PASSED) == WITHOUT_STACK
    fault = evidence.faults[0]
    assert fault.criterion == "FR-4.1"
    assert Path(layer).name in fault.reason
    logs = [name for name in fault.artifacts if name.endswith("container.log")]
    assert Path(layer).name in (tree.state_dir / "evidence" / logs[0]).read_text(encoding="utf-8")
