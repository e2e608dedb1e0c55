"""The identity layer and the health server have tests of their own, in their own language."""

from pathlib import Path

import pytest

from harness.fixtures.editor import install_types
from harness.node import node, npm
from harness.process import Completed
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parent.parent
LAYER = REPOSITORY / "deploy/loa-identity"


def words_of(done: Completed) -> str:
    return done.stdout + done.stderr


@pytest.fixture(autouse=True, scope="module")
def _types() -> None:
    install_types(Project(REPOSITORY))


def test_the_layer_passes_the_strict_type_checker() -> None:
    done = npm(["run", "--silent", "typecheck"], cwd=LAYER, check=False)
    assert done.ok, words_of(done)


def test_the_layer_passes_its_tests() -> None:
    done = npm(["test", "--silent"], cwd=LAYER, check=False)
    assert done.ok, words_of(done)[-4000:]


def test_the_layer_stays_small() -> None:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in LAYER.glob("*.ts"))
    assert lines <= 600


def test_a_type_error_is_found(tmp_path: Path) -> None:
    compiler = LAYER / "node_modules/typescript/bin/tsc"
    wrong = tmp_path / "wrong.ts"
    wrong.write_text("export const n: number = 'text';\n", encoding="utf-8")
    done = node([compiler, "--noEmit", "--strict", wrong], cwd=tmp_path, check=False)
    assert not done.ok
    assert "wrong.ts(1,14)" in words_of(done)
