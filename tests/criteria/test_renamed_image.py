"""The image that is kept from `make dev`, in checkouts that know of no harness.toml."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.criteria.facts.renamed_image import rename_image
from harness.project import Project
from tests.foreign.checkouts import checkout
from tests.foreign.kinds import PODMAN

OTHER = "127.0.0.1:9/nowhere/base:main"
NAME = "ghcr.io/team/loa:main"
OWN = {"Makefile": "VENV ?= .venv\ndev: ; @$(VENV)/bin/harness dev\n"}
SPLIT = {"Makefile": "dev: ; docker pull $(REGISTRY)/team/loa:main\n"}


def renamed(root: Path, files: Mapping[str, str]) -> tuple[bool, dict[str, str]]:
    """Return whether it is known to be used, and the files that were changed."""
    copy = checkout(root, files)
    used = rename_image(Project(copy.root), NAME, OTHER)
    now = {name: (root / name).read_text(encoding="utf-8") for name in files}
    return used, {name: text for name, text in now.items() if text != files[name]}


def test_the_name_is_replaced_where_podman_reads_it(tmp_path: Path) -> None:
    used, changed = renamed(tmp_path, PODMAN)
    assert used
    assert changed.keys() == {"Containerfile"}
    assert f"FROM {OTHER}\n" in changed["Containerfile"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"docker pull {NAME}", f"docker pull {OTHER}"),
        ("docker pull ghcr.io/team/loa:$(TAG)", "docker pull 127.0.0.1:9/nowhere/base:$(TAG)"),
        ("docker pull ghcr.io/team/loa", "docker pull 127.0.0.1:9/nowhere/base"),
        (f'IMAGE="{NAME}" ./start', f'IMAGE="{OTHER}" ./start'),
    ],
)
def test_with_another_tag_too(tmp_path: Path, line: str, wanted: str) -> None:
    used, changed = renamed(tmp_path, {"Makefile": f"dev: ; {line}\n"})
    assert (used, changed) == (True, {"Makefile": f"dev: ; {wanted}\n"})


@pytest.mark.parametrize("name", ["ghcr.io/team/loa-dev:main", "my.ghcr.io/team/loa:main"])
def test_another_image_keeps_its_name(tmp_path: Path, name: str) -> None:
    assert renamed(tmp_path, {"Makefile": f"dev: ; docker pull {name}\n"}) == (False, {})


def test_what_calls_the_harness_is_left_as_it_is(tmp_path: Path) -> None:
    files = {**OWN, "deploy/Dockerfile.dev": f"ARG BASE={NAME}\n"}
    assert renamed(tmp_path, files) == (True, {})


def test_a_name_that_is_put_together_is_not_found(tmp_path: Path) -> None:
    files = {**SPLIT, "README.md": f"It stands on {NAME}.\n"}
    assert renamed(tmp_path, files) == (False, {})
