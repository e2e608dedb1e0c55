"""What a build did, kept in a file."""

from pathlib import Path

import pytest

from harness.docker.build_trace import BuildTrace
from harness.docker.record import BuildRecord


def test_a_place_that_takes_nothing_hides_no_end_of_a_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    BuildTrace.of("x:1", BuildRecord()).write(tmp_path / "file" / "trace.json")
    assert "what the build did is not kept" in capsys.readouterr().err
