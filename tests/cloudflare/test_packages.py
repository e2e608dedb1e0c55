"""The Worker's packages in a checkout: links to what was installed once, or copies of it."""

import errno
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from harness.cloudflare.packages import install_packages


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Worker whose lock's packages were installed for another checkout before."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    (worker := tmp_path / "worker").mkdir()
    (worker / "package-lock.json").write_text("{}", encoding="utf-8")
    lock = hashlib.sha256(b"{}").hexdigest()
    modules = tmp_path / "cache/npm" / lock[:16] / "node_modules"
    (modules / "wrangler").mkdir(parents=True)
    (modules / "wrangler/cli.js").write_text("run", encoding="utf-8")
    (modules / ".harness-lock").write_text(lock, encoding="ascii")
    return worker


def test_a_second_checkout_gets_links(directory: Path) -> None:
    install_packages(directory)
    assert (directory / "node_modules/wrangler/cli.js").stat().st_nlink == 2


def test_what_was_copied_in_part_is_copied_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def all_but_one(source: str, target: str) -> None:
        if source.endswith("cli.js"):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        link(source, target)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", all_but_one)
        patch.setattr(shutil, "copy2", full)
        with pytest.raises(OSError, match="No space left"):
            install_packages(directory)
    install_packages(directory)
    assert (directory / "node_modules/wrangler/cli.js").read_text(encoding="utf-8") == "run"


def test_where_there_are_no_hard_links_it_gets_copies(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    install_packages(directory)
    file = directory / "node_modules/wrangler/cli.js"
    assert (file.read_text(encoding="utf-8"), file.stat().st_nlink) == ("run", 1)
