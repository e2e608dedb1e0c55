"""What is taken out of the image's venv: what is named, nothing else, and never in silence."""

from pathlib import Path

import pytest

from harness import process
from harness.errors import ToolError
from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "deploy/python/strip.sh"
KEPT = {
    "scipy/linalg.py",
    "scipy/io/tests",
    "sklearn/svm/svm.py",
    "sklearn/tests.py",
    "patchright/driver/cli.js",
}
GONE = {
    "scipy/linalg/tests/test_a.py",
    "scipy/linalg/tests/data/tests/test_c.py",
    "sklearn/tests/test_b.py",
    "pip/main.py",
    "pip-25.1.dist-info/RECORD",
    "../../../bin/pip3",
}


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    packages = tmp_path / "lib/python3/site-packages"
    for name in {*KEPT, *GONE, "patchright/driver/node"} - {"scipy/linalg.py"}:
        path = packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 5000, encoding="utf-8")
    (packages / "scipy/linalg.py").touch()
    (tmp_path / "bin/python3").touch()
    return packages


def strip(packages: Path) -> str:
    done = process.run(["sh", SCRIPT, packages, "/usr/local/bin/node"])
    assert not done.stderr
    return done.stdout


def test_what_is_named_goes_and_the_rest_stays(packages: Path) -> None:
    said = strip(packages).splitlines()
    assert not [name for name in GONE if (packages / name).exists()]
    assert not [name for name in KEPT if not (packages / name).exists()]
    assert (packages / "../../../bin/python3").resolve().exists()
    assert str((packages / "patchright/driver/node").readlink()) == "/usr/local/bin/node"
    assert [line.rpartition(", ")[0] for line in said] == [
        "stripped: tests of scipy and scikit-learn",
        "stripped: pip",
        "stripped: patchright's own Node",
    ]
    assert all(int(line.rpartition(", ")[2].removesuffix("kB")) > 0 for line in said)


def test_a_package_that_keeps_it_elsewhere_now_is_no_success(packages: Path) -> None:
    (packages / "patchright/driver/node").rename(packages / "patchright/node")
    with pytest.raises(ToolError):
        strip(packages)
