"""The Worker has tests of its own, in its own language; they run it in workerd."""

import sys
from pathlib import Path

import pytest

from harness import node
from harness.cloudflare.packages import install_packages
from harness.node import npm
from harness.process import Completed, run
from tests import worker
from tests.worker import WORKER, dry_run

ENVIRONMENTS = ("staging", "production")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("worker"),
    pytest.mark.skipif(sys.platform != "linux", reason="its engine is a Unix socket"),
]


def words_of(done: Completed) -> str:
    return done.stdout + done.stderr


@pytest.fixture(autouse=True, scope="module")
def _packages() -> None:
    install_packages(WORKER)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Worker as wrangler bundles it."""
    return worker.bundle(tmp_path_factory.mktemp("bundle"))


def test_it_passes_the_strict_type_checker() -> None:
    done = npm(["run", "--silent", "typecheck"], cwd=WORKER, check=False)
    assert done.ok, words_of(done)


def test_it_passes_its_tests(bundle: Path) -> None:
    files = sorted((WORKER / "test").glob("*.test.mjs"))
    words = ["--test", "--test-timeout=120000", "--test-reporter=spec", *map(str, files)]
    env = {**node.variables(), "LOA_WORKER_BUNDLE": str(bundle)}
    done = run([str(node.program()), *words], cwd=WORKER, env=env, check=False)
    assert done.ok, words_of(done)[-6000:]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_wrangler_takes_the_configuration_without_a_warning(
    environment: str, tmp_path: Path
) -> None:
    done = dry_run(environment, tmp_path)
    assert done.ok, words_of(done)
    assert "WARNING" not in words_of(done)
    for name in (f"loa-state-{environment}", "LoaContainer", "VERSION"):
        assert name in done.stdout


def test_the_worker_stays_small(bundle: Path) -> None:
    sources = [path.read_text("utf-8") for path in (WORKER / "src").glob("*.ts")]
    assert sum(len(text.splitlines()) for text in sources) <= 450
    assert bundle.stat().st_size < 200_000
