"""Whether the image is built by way of a stage: our own Dockerfile, and others' ways."""

import re
from pathlib import Path

import pytest

from harness.criteria.facts.stage_use import observe
from harness.criteria.faults import UnobservableError
from harness.criteria.judge.runtime import rust_stage
from harness.criteria.verdict import Verdict
from harness.project import Project
from tests.conftest import REPOSITORY

OURS = (REPOSITORY / "deploy" / "Dockerfile").read_text(encoding="utf-8")
DOWNLOADED = re.sub(r"COPY --from=rust-builder", "RUN curl", OURS)
RENAMED = OURS.replace("rust-builder", "tools")
STANDS_ON = "FROM rust:1 AS Rust-Builder\nRUN make\nFROM rust-builder AS runtime\n"
MOUNTED = """FROM rust:1 AS rust-builder
FROM debian AS runtime
RUN --mount=type=bind,from=rust-builder,target=/x cp /x/ck /usr/bin
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(OURS, True), (STANDS_ON, True), (MOUNTED, True), (DOWNLOADED, False), (RENAMED, False)],
)
def test_only_a_stage_that_the_image_needs_is_on_the_way(
    tmp_path: Path, text: str, *, wanted: bool
) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "Dockerfile").write_text(text, encoding="utf-8")
    facts = observe(Project(tmp_path))
    assert (rust_stage(facts).verdict is Verdict.PASSED) is wanted, facts


def test_of_a_dockerfile_that_is_not_there_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(UnobservableError, match="Dockerfile"):
        observe(Project(tmp_path))
