"""Each command in README and docs is run, or, where that cannot be, names only what there is."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import process
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.ports import any_free
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.docs.documented import DOCUMENTS, Documented, in_blocks, in_text, indented, problem
from tests.report.sample import evidence

MINUTES = "takes minutes; the rest of tests/ and acceptance/ does what it does"
ACCOUNT = "needs an account; tests/cloudflare runs it against the rehearsal"
REGISTRY = "asks a registry in the network; tests/docker runs it against one of its own"
SOMEBODYS = "changes somebody's machine or environment; other tests run it on their own"

# What the commands that begin so would do, had this test run them.
ONLY_CHECKED = {
    "make dev": SOMEBODYS,
    "make deploy-cf": ACCOUNT,
    "make lint": MINUTES,
    "make test": MINUTES,
    "make test-long": MINUTES,
    ".venv/bin/pytest": MINUTES,
    ".venv/bin/python -m tests.mutants --file": MINUTES,
    ".venv/bin/python -m tests.recording": MINUTES,
    "harness --install-completion": SOMEBODYS,
    "harness accept": MINUTES,
    "harness build": MINUTES,
    "harness deploy": MINUTES,
    "harness dev": SOMEBODYS,
    "harness engine down": SOMEBODYS,
    "harness engine up": SOMEBODYS,
    "harness image forget": SOMEBODYS,
    "harness image index": REGISTRY,
    "harness image verify": REGISTRY,
    "harness preflight": ACCOUNT,
    "harness recover": ACCOUNT,
    "harness report --open": "opens a window; tests/report draws the page",
    "harness restart": SOMEBODYS,
    "harness rollback": ACCOUNT,
    "npx @devcontainers/cli": "builds an image; tests/devcontainer brings one up, with --long",
    "uv pip compile": "asks an index of packages in the network",
}
# What stands for something of the reader's own, and what it is here.
PLACEHOLDERS = {
    "DIR": ".",
    "RUN.json": "run.json",
    "sha256:…": f"sha256:{'0' * 64}",
    "RUN/figures.json": "docs/benchmark/figures.json",
    "RUN/save-to-live.json": "docs/benchmark/save-to-live.json",
}
# The gate of a checkout that has no evidence yet says so.
STATUS = {"harness gate": 1}

BLOCKS = list(in_blocks())


def begins(command: Documented, beginning: str) -> bool:
    return f"{' '.join(command.words)} ".startswith(f"{beginning} ")


def is_only_checked(command: Documented) -> bool:
    return any(begins(command, it) for it in ONLY_CHECKED)


RUN = list({it.text: it for it in BLOCKS if not is_only_checked(it)}.values())


@pytest.fixture(scope="module")
def tree(docker: Engine) -> Iterator[Path]:  # noqa: ARG001 -- some of the commands ask it
    with working_copy(Project(REPOSITORY)) as copy:
        (copy.root / ".venv").symlink_to(sys.prefix)
        (copy.root / "run.json").write_text(evidence().model_dump_json(), encoding="utf-8")
        # The usual ports may be somebody's, which the doctor would rightly say.
        with any_free() as pair:
            remembered = json.dumps(pair._asdict())
        (copy.state_dir / "ports.json").write_text(remembered, encoding="utf-8")
        yield copy.root


def documents(root: Path) -> list[bytes]:
    return [(root / it.relative_to(REPOSITORY)).read_bytes() for it in DOCUMENTS]


def test_every_document_with_commands_is_read() -> None:
    with_some = {it.document for it in BLOCKS}
    assert with_some >= {"README.md", "development.md", "criteria.md", "image.md", "release.md"}
    assert len(BLOCKS) > len(DOCUMENTS)


@pytest.mark.parametrize("command", BLOCKS, ids=str)
def test_what_a_command_names_is_there(command: Documented, pytestconfig: pytest.Config) -> None:
    assert not problem(command, pytestconfig)


@pytest.mark.parametrize("command", sorted(set(in_text()), key=str), ids=str)
def test_what_a_command_in_running_text_names_is_there(
    command: Documented, pytestconfig: pytest.Config
) -> None:
    assert not problem(command, pytestconfig)


@pytest.mark.engine
@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("command", RUN, ids=str)
def test_what_takes_seconds_is_run_as_it_stands(tree: Path, command: Documented) -> None:
    words = [PLACEHOLDERS.get(it, it) for it in command.text.split()]
    line = f"set -e; PATH={tree}/.venv/bin:$PATH; {' '.join(words)}"
    done = process.run(["bash", "-c", line], cwd=tree, env={"HARNESS_PROJECT": ""}, check=False)
    expected = next((it for start, it in STATUS.items() if begins(command, start)), 0)
    assert done.status == expected, done.stdout + done.stderr
    # One that draws a document again finds nothing new to write.
    assert documents(tree) == documents(REPOSITORY)


def test_what_is_only_checked_stands_in_a_document() -> None:
    stale = [it for it in ONLY_CHECKED if not any(begins(command, it) for command in BLOCKS)]
    assert not stale


def test_commands_stand_where_this_test_finds_them() -> None:
    programs = {"make", "harness", "pytest", ".venv/bin/pytest", ".venv/bin/harness", "wrangler"}
    assert not [str(it) for it in indented() if it.text.split()[0] in programs]


@pytest.mark.parametrize(
    "text",
    [
        "harness nothing",
        "harness gate --digset x",
        "harness --verbose",
        "harness engine sideways",
        "make nothing",
        "make dev VENV=x nothing",
        "pytest acceptance --lnog",
        "pytest tests/nowhere",
        "LOA_RELOADER=entr make def",
    ],
)
def test_one_that_names_what_is_not_there_is_found(text: str, pytestconfig: pytest.Config) -> None:
    assert problem(Documented("here", text), pytestconfig)
