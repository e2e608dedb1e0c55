"""Packages are downloaded, checked, and unpacked completely or not at all."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.engine import packages
from harness.errors import EngineError
from tests.engine.archive import Archive
from tests.engine.conftest import name_sources

pytestmark = pytest.mark.usefixtures("cache")

WANTED = ("greeter", "liblittle")


def unpack(codename: str, *, upgrade: bool = False) -> Path:
    return packages.unpacked({codename: WANTED}, upgrade=upgrade)


def leftovers(cache: Path) -> list[Path]:
    return [*cache.rglob("*.deb"), *cache.rglob(".harness-draft-*")]


@pytest.mark.usefixtures("archive")
def test_the_files_are_there_under_their_versions(codename: str, cache: Path) -> None:
    folder = unpack(codename)

    assert (folder / "usr/bin/greet").read_text().endswith("echo hello\n")
    assert (folder / "usr/lib/little.so").exists()
    versions = json.loads((folder / "versions.json").read_text())
    assert versions == {"greeter": "1.0-1", "liblittle": "2:0.1+b1"}
    assert "1.0-1" in folder.name
    assert leftovers(cache) == []


def test_the_second_call_needs_no_archive(archive: Archive, codename: str) -> None:
    folder = unpack(codename)
    shutil.rmtree(archive.root / "debian")

    assert unpack(codename) == folder


def test_an_upgrade_is_unpacked_beside(archive: Archive, codename: str) -> None:
    before = unpack(codename)
    archive.add("greeter", "1.1-1", {"usr/bin/greet": "new"})
    archive.publish(codename)

    assert unpack(codename) == before
    after = unpack(codename, upgrade=True)
    assert (after / "usr/bin/greet").read_text() == "new"
    assert (before / "usr/bin/greet").exists()

    packages.remove_unused()
    assert not before.exists()
    assert unpack(codename) == after


@pytest.mark.usefixtures("archive")
def test_fetch_fills_a_directory_of_the_callers(codename: str, tmp_path: Path) -> None:
    into = tmp_path / "tools/greeter"

    versions = packages.fetch({codename: ["greeter"]}, into)

    assert versions == {"greeter": "1.0-1"}
    assert (into / "usr/bin/greet").exists()
    assert [path.name for path in into.parent.iterdir()] == ["greeter"]


@pytest.mark.usefixtures("archive")
def test_a_package_that_is_not_there_is_named(codename: str, cache: Path) -> None:
    with pytest.raises(EngineError, match="nonesuch"):
        packages.unpacked({codename: ["greeter", "nonesuch"]})

    assert leftovers(cache) == []


@pytest.mark.parametrize("options", ["", "trusted=yes "])
def test_another_key_is_an_error(
    archive: Archive,
    codename: str,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: str,
) -> None:
    shutil.rmtree(archive.root / "gpg")
    right = archive.key.with_suffix(".right")
    archive.key.rename(right)
    archive.make_key()
    line = f"deb [{options}signed-by={archive.key}] {archive.uri} {codename} main\n"
    name_sources(archive.root, monkeypatch, line)

    with pytest.raises(EngineError, match="cannot be trusted"):
        unpack(codename)
    assert leftovers(cache) == []


def test_an_unsigned_archive_is_an_error(archive: Archive, codename: str) -> None:
    (archive.root / f"debian/dists/{codename}/InRelease").unlink()

    with pytest.raises(EngineError, match="cannot be trusted"):
        unpack(codename)


def test_a_changed_package_is_an_error(archive: Archive, codename: str) -> None:
    deb = next((archive.root / "debian/pool").glob("greeter*"))
    deb.write_bytes(deb.read_bytes()[:-1] + b"!")

    with pytest.raises(EngineError, match=r"[Hh]ash"):
        unpack(codename)


def test_a_mirrors_password_is_not_shown(
    archive: Archive, codename: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"deb http://me:s3cret@127.0.0.1:9/debian {codename} main\n"
    name_sources(archive.root, monkeypatch, line)

    with pytest.raises(EngineError, match=r"127\.0\.0\.1") as caught:
        unpack(codename)
    assert "s3cret" not in str(caught.value)


KILLED = """
import os, signal, sys
from harness.engine import packages
def stop(text):
    if text.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
packages.unpacked({sys.argv[1]: ["greeter", "liblittle"]}, progress=stop)
"""


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("moment", ["reading", "downloading", "unpacking liblittle"])
def test_a_killed_run_is_made_good(codename: str, cache: Path, moment: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, codename, moment], check=False)
    assert killed.returncode == -signal.SIGKILL

    folder = unpack(codename)

    assert (folder / "usr/bin/greet").exists()
    assert (folder / "usr/lib/little.so").exists()
    assert leftovers(cache) == []


COUNTED = """
import sys
from harness.engine import packages
print(packages.unpacked({sys.argv[1]: ["greeter", "liblittle"]}, progress=print))
"""


@pytest.mark.usefixtures("archive")
def test_two_at_once_unpack_once(codename: str) -> None:
    command = [sys.executable, "-c", COUNTED, codename]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]

    assert said[0][-1] == said[1][-1]
    assert min(len(lines) for lines in said) == 1
