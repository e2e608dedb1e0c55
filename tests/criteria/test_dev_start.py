"""How a check gets at a command line that its process replaces at once."""

import json
import subprocess
from pathlib import Path

import pytest

from harness import node
from harness.criteria.facts.dev_start import NOTE

NAMED_ANEW = "process.title = 'something-else'; console.log(process.pid);"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.cjs"
    path.write_text(NOTE, encoding="utf-8")
    return path


def started(note: Path, script: str) -> int:
    """Run a script in Node as the check does; return the process's number, which it prints."""
    command = [str(node.program()), "-e", script, "gateway", "--verbose"]
    environment = {"NODE_OPTIONS": f"--require {note}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def noted(note: Path) -> list[tuple[int, list[str]]]:
    text = note.with_name("note.cjs.seen").read_text(encoding="utf-8")
    return [(pid, words) for pid, words in map(json.loads, text.splitlines())]


def test_a_program_that_renames_itself_at_once_has_noted_its_command_line(note: Path) -> None:
    pid = started(note, NAMED_ANEW)
    assert noted(note) == [(pid, [str(node.program()), "-e", NAMED_ANEW, "gateway", "--verbose"])]


def test_each_process_notes_itself_and_a_thread_does_not(note: Path) -> None:
    script = """
    const { execFileSync } = require("child_process"), { Worker } = require("worker_threads");
    execFileSync(process.execPath, ["-e", "0", "child"]);
    new Worker("0", { eval: true }).on("exit", () => console.log(process.pid));
    """
    pid = started(note, script)
    (first, _), (_, child) = noted(note)
    assert first == pid
    assert child[-1] == "child"


def test_where_nothing_can_be_noted_the_program_runs_all_the_same(note: Path) -> None:
    note.with_name("note.cjs.seen").mkdir()
    assert started(note, NAMED_ANEW) > 0
