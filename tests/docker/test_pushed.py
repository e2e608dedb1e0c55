"""Which image a release takes that names none: the one that was pushed of its commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloudflare.brought import pushed
from harness.docker import imagetools
from harness.docker.loopback_registry import registry
from harness.docker.production import name_to_push
from harness.project import Project
from tests.docker.small_checkout import small_checkout
from tests.docker.test_image_index import put

pytestmark = pytest.mark.engine


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A checkout whose published image is in a real registry of its own."""
    with registry() as served:
        settings = f'[image]\npublished = "{served.host}/loa:main"\n'
        yield small_checkout(tmp_path, "FROM scratch\n", settings)


def test_it_is_named_by_its_digest(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    name = name_to_push(project)
    digest = put(name, "amd64")
    assert pushed(project) == f"{name.rpartition(':')[0]}@{digest}"
    assert f"{name} is there, so it is released" in capfd.readouterr().err


def test_of_an_index_it_is_the_one_that_cloudflare_runs(project: Project) -> None:
    name = name_to_push(project)
    digests = {arch: put(f"{name}-{arch}", arch) for arch in ("arm64", "amd64")}
    imagetools.index(name, [f"{name}-{arch}" for arch in digests])
    assert pushed(project).endswith(f"@{digests['amd64']}")


def test_one_for_another_processor_alone_is_said(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    name = name_to_push(project)
    put(f"{name}-arm64", "arm64")
    imagetools.index(name, [f"{name}-arm64"])
    assert pushed(project) == ""
    said = f"{name} is not for linux/amd64, so the image is built here"
    assert said in capfd.readouterr().err


@pytest.mark.usefixtures("docker")
def test_without_one_that_is_said(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert pushed(project) == ""
    said = capfd.readouterr().err
    assert f"{name_to_push(project)} was not pushed (`harness build --push`)" in said


def test_so_is_a_registry_that_cannot_be_asked(
    tmp_path: Path, nobody: str, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = f'[image]\npublished = "{nobody}/loa:main"\n'
    assert pushed(small_checkout(tmp_path, "FROM scratch\n", settings)) == ""
    assert "cannot be asked" in capfd.readouterr().err
