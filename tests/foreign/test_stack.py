"""A checkout of another layout, without a gateway of ours: its stack is started and judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.foreign.checkouts import INCLUDING, checkout

HARNESS = str(Path(sys.executable).with_name("harness"))
HOLDING = ("D-1", "FR-1.3", "FR-2.1")
LACKING = "NFR-3.1"


@pytest.mark.slow
@pytest.mark.engine
def test_what_it_does_otherwise_passes_and_what_it_lacks_does_not(tmp_path: Path) -> None:
    project = checkout(tmp_path, INCLUDING)
    asked = [f"--criterion={it}" for it in (*HOLDING, LACKING)]
    words = [HARNESS, "accept", "--project", str(project.root), "--json", *asked]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    criteria = {it["id"]: it for it in json.loads(done.stdout)["criteria"]}
    verdicts = {name: it["verdict"] for name, it in criteria.items()}
    assert verdicts == dict.fromkeys(HOLDING, "passed") | {LACKING: "failed"}, criteria
    assert "docker/Dockerfile: stage core: no comment" in criteria[LACKING]["reason"]
