"""What can be said of arm64 where only amd64 is built: what the locks name is there for both."""

import json
import shutil
from pathlib import Path

import pytest

from harness import process
from tests.conftest import REPOSITORY

LOCKS = ("deploy/python/requirements.lock", "deploy/rust/onnxruntime.lock")
PROCESSORS = ("x86_64", "aarch64")
# What pip on Debian 13 takes: wheels for its C library, 2.41, and for any older one.
LIBRARIES = ("2014", "_2_17", "_2_24", "_2_26", "_2_27", "_2_28", "_2_31", "_2_34", "_2_39")


def test_each_native_part_of_the_gateway_is_locked_for_both() -> None:
    text = (REPOSITORY / "deploy/gateway/package-lock.json").read_text(encoding="utf-8")
    packages = {
        name: entry for name, entry in json.loads(text)["packages"].items() if "cpu" in entry
    }
    needed = {name: entry["cpu"] for name, entry in packages.items() if not entry.get("optional")}
    assert ["x64"] in needed.values()
    for name, processors in needed.items():
        twin = name.replace("x64", "arm64")
        assert processors != ["x64"] or needed.get(twin) == ["arm64"], f"{name} has no twin"


@pytest.mark.long
@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("lock", LOCKS)
def test_each_python_package_is_there_by_its_hash(
    tmp_path: Path, lock: str, processor: str
) -> None:
    """As the build does it, for a processor that need not be this machine's."""
    program = shutil.which("pip")
    if not program:
        pytest.skip("pip is missing")
    platforms = [f"--platform=manylinux{it}_{processor}" for it in LIBRARIES]
    pip: list[str | Path] = [program, "download", "--quiet", "--no-deps"]
    pip += ["--only-binary=:all:", "--python-version=3.13", "--require-hashes", *platforms]
    process.run([*pip, "--dest", tmp_path, "--requirement", REPOSITORY / lock], timeout=600)
    names = [it.name for it in tmp_path.iterdir()]
    assert any(processor in name for name in names), names
