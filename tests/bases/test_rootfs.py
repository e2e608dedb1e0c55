"""Making a root file system: what is left of a failure, and what stays on the machine."""

import platform
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.bases import rootfs
from harness.bases.recipe import RELEASE, Recipe, recipe_for
from harness.engine import packages, sources
from harness.engine.sources import Source
from harness.errors import EngineError, ImageError

on_debian = pytest.mark.skipif(
    platform.system() != "Linux" or platform.freedesktop_os_release().get("ID") != "debian",
    reason="mmdebstrap is run from Debian's packages",
)


@pytest.fixture
def recipe() -> Recipe:
    found = recipe_for("node:22-trixie-slim")
    assert found
    return found


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The only mirror of Debian's archive, which nobody can reach any more."""
    # On a fresh machine it would otherwise be mmdebstrap itself that cannot be had.
    packages.unpacked({RELEASE: ["mmdebstrap"]})
    with socket.socket() as held:  # bound, so that nobody else listens there
        held.bind(("127.0.0.1", 0))
        address = f"http://me:hunter2@127.0.0.1:{held.getsockname()[1]}/debian"
        monkeypatch.setattr(sources, "archives", lambda release: [Source(address, release)])
        yield


@on_debian
@pytest.mark.slow
@pytest.mark.usefixtures("unreachable")
def test_an_unreachable_mirror_is_said_and_leaves_nothing(tmp_path: Path, recipe: Recipe) -> None:
    (tmp_path / "draft-of-a-killed-run").mkdir()
    with pytest.raises(
        ImageError, match=r"no stand-in of node: (mmdebstrap|Debian's packages): "
    ) as caught:
        rootfs.make(recipe, tmp_path / "root.tar", lambda _: None)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_elsewhere_than_on_debian_there_is_no_stand_in(
    tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Path:
        raise EngineError("packages are unpacked on Debian only, and this is Plan 9")

    monkeypatch.setattr("harness.engine.packages.unpacked", refuse)
    with pytest.raises(ImageError, match=r"no stand-in of node: .* this is Plan 9"):
        rootfs.make(recipe, tmp_path / "root.tar", lambda _: None)


@on_debian
def test_a_mirrors_password_is_in_no_argument(tmp_path: Path, recipe: Recipe) -> None:
    archives = [Source("http://me:hunter2@mirror.example/debian", "trixie")]
    words = rootfs._options(recipe, tmp_path, archives)  # noqa: SLF001 -- what others can see
    assert not any("hunter2" in word for word in words)
    assert "hunter2" in (tmp_path / "sources.list").read_text()
    assert (tmp_path / "sources.list").stat().st_mode & 0o077 == 0
    assert "hunter2" not in (tmp_path / "public.list").read_text()
