"""One naive stage: which of its steps a change has run again, and how that is told."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.benchmark.__main__ import main
from harness.benchmark.naive import LOCKS, found_done
from harness.benchmark.publish import NAIVE
from harness.criteria.facts.source_edit import make
from harness.docker.dockerfile import Dockerfile
from harness.project import Project
from tests.conftest import REPOSITORY

(STAGE,) = Dockerfile.read(REPOSITORY / "acceptance/benchmarks/naive/Dockerfile").stages
STEPS = [it for it in STAGE.instructions if it.is_step]
BUILT = {"bytes": 1_690_000_000, "rebuild_seconds": 3.2, "stale": [], "by_count": 0.83}
RECORD = {
    "at": "2026-11-28T12:00:00Z",
    "machine": {
        "system": "Linux",
        "kernel": "6.18.0",
        "architecture": "x86_64",
        "cpus": 2,
        "memory_bytes": 24 * 2**30,
        "load": 0.5,
    },
    "processor": "",
    "engine": {
        "version": "26.1.5",
        "origin": "",
        "storage_driver": "overlay2",
        "cgroup_version": "2",
        "rootless": False,
    },
    "stages": {**BUILT, "by_seconds": 0.996},
    "naive": {**BUILT, "by_seconds": None},
    "cold_seconds": 1500,
    "steps": [{"instruction": "RUN cargo install", "seconds": 1400}],
    "again": {LOCKS[0]: 1490.0},
}


def place(text: str) -> int:
    """Return how many steps stand before the one that says so."""
    return next(number for number, it in enumerate(STEPS) if text in it.value)


def append(copy: Project, name: str) -> None:
    with (copy.root / name).open("a", encoding="utf-8") as file:
        file.write("\n")


@pytest.mark.parametrize(
    ("edit", "done"),
    [
        (partial(make, kinds=["outside-the-image"]), len(STEPS)),
        (partial(make, kinds=["skills", "start-script"]), place(". /workspace")),
        (partial(append, name=LOCKS[0]), place("requirements.lock /build")),
        (partial(append, name=LOCKS[1]), place("deploy/gateway /opt")),
    ],
    ids=["what it does not take", "sources", "Python's lock", "the gateway's lock"],
)
def test_all_runs_again_from_the_first_step_on_that_takes_what_changed(
    edit: Callable[[Project], object], done: int
) -> None:
    assert found_done(Project(REPOSITORY), edit) == (done, len(STEPS))


def test_a_new_command_runs_with_all_that_follows_it() -> None:
    done, steps = found_done(Project(REPOSITORY), partial(make, kinds=["dockerfile"]))
    assert steps == len(STEPS) + 1
    assert place("requirements.lock /build") < done < len(STEPS)


def test_a_record_is_put_into_the_document(tmp_path: Path) -> None:
    record, document = tmp_path / f"{NAIVE}.json", tmp_path / "image.md"
    record.write_text(json.dumps(RECORD), encoding="utf-8")
    document.write_text(f"<!-- {NAIVE} -->\nold\n<!-- /{NAIVE} -->\n", encoding="utf-8")
    main([str(record), str(tmp_path / "new"), str(document)])
    text = document.read_text(encoding="utf-8")
    assert "| size | 1.69 GB | 1.69 GB |" in text
    assert "| cold | - | 25 min |" in text
    assert "| the same by time | 99.60% | unknown |" in text
    assert "worked out from what its steps took" in text
    assert f"`{LOCKS[0]}` | - | 1490 s |" in text
