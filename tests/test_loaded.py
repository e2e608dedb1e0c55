"""Commands of a harness that has loaded already: they are processes like others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import audit
from harness.errors import ToolError
from harness.loaded import Loaded, loaded
from harness.process import Completed

pytestmark = pytest.mark.xdist_group("loaded")

HARNESS = Path(sys.executable).with_name("harness")
ENDLESS = ["smoke", "http://127.0.0.1:1", "--deadline", "60"]
NOWHERE = {"PATH": os.defpath}


@pytest.fixture(scope="module")
def harness() -> Iterator[Loaded]:
    with loaded() as found:
        yield found


def run(harness: Loaded, *words: str, cwd: Path, **env: str) -> Completed:
    return harness.run(words, cwd=cwd, env=NOWHERE | env, timeout=90)


@pytest.mark.parametrize(
    "words", [["--version"], ["gate", "--no-such-option"], ["status", "--all", "--token"]]
)
def test_it_prints_and_ends_as_by_itself(harness: Loaded, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "harness.toml").touch()
    alone = subprocess.run(
        [HARNESS, *words], cwd=tmp_path, env=NOWHERE, capture_output=True, text=True, check=False
    )
    done = run(harness, *words, cwd=tmp_path)
    assert done == Completed(alone.returncode, alone.stdout, alone.stderr)


def test_each_has_its_own_directory_and_end(harness: Loaded, tmp_path: Path) -> None:
    names = [f"checkout{number}" for number in range(3)]
    for name in names:
        (tmp_path / name / "harness.toml").parent.mkdir()
        (tmp_path / name / "harness.toml").write_text(f"{name} = 1\n")

    def look(name: str) -> Completed:
        return run(harness, "gate", cwd=tmp_path / name)

    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(look, names))
    assert all(name in it.stderr for name, it in zip(names, found, strict=True))
    assert {it.status for it in found} == {found[0].status}
    assert found[0].status != 0


def test_what_it_connects_to_is_written_down_where_somebody_asks(
    harness: Loaded, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    for given in ({}, {audit.LOG: str(log)}):
        run(harness, *ENDLESS[:-1], "2", cwd=tmp_path, **given)
        assert log.exists() == bool(given)
    assert "socket.connect" in log.read_text()
    assert "('127.0.0.1', 1)" in log.read_text()


def test_what_does_not_end_is_killed(harness: Loaded, tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    with pytest.raises(ToolError, match="killed by signal 9"):
        harness.run(ENDLESS, cwd=tmp_path, env=NOWHERE, timeout=1)


def test_one_that_is_gone_is_a_known_problem(tmp_path: Path) -> None:
    with loaded() as gone:
        pass
    with pytest.raises(ToolError, match="does not answer"):
        run(gone, "--version", cwd=tmp_path)
