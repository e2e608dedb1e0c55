"""One name over the images of both processors, in a real registry."""

import json
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.console import log
from harness.docker import image_index, imagetools
from harness.docker.loopback_registry import registry
from harness.docker.revision import Revision
from harness.errors import ImageError, UsageError
from tests.docker.small_checkout import small_checkout

pytestmark = pytest.mark.engine

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in this process, and what it sets must not stay."""
    monkeypatch.setattr(log, "json_mode", False)


def put(name: str, arch: str) -> str:
    """Put an image without layers into a registry, past any engine, and return its digest."""
    host, _, rest = name.partition("/")
    repository, _, tag = rest.partition(":")
    said = {"os": "linux", "architecture": arch, "rootfs": {"type": "layers", "diff_ids": []}}
    config = json.dumps(said).encode()
    digest = f"sha256:{sha256(config).hexdigest()}"
    with httpx.Client(base_url=f"http://{host}/v2/{repository}/") as there:
        place = there.post("blobs/uploads/").headers["Location"]
        there.put(place, params=httpx.URL(place).params.set("digest", digest), content=config)
        about = {"mediaType": CONFIG, "digest": digest, "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": about, "layers": []}
        headers = {"Content-Type": MANIFEST}
        done = there.put(f"manifests/{tag}", content=json.dumps(manifest), headers=headers)
        return str(done.raise_for_status().headers["Docker-Content-Digest"])


def test_both_are_there_under_one_name_with_the_digests_that_they_had(tmp_path: Path) -> None:
    with registry() as served:
        published = f"{served.host}/loa:main"
        settings = f'[image]\npublished = "{published}"\n'
        project = small_checkout(tmp_path, "FROM scratch\n", settings)
        commit = Revision.of(project.root).commit
        with pytest.raises(ImageError, match="no image of"):
            image_index.publish(project)
        digests = {}
        for arch in image_index.ARCHITECTURES:
            name = image_index.name_of(project, commit, arch)
            digests[f"linux/{arch}"] = put(name, arch)
            done = CliRunner().invoke(app, ["image", "index", "--project", str(tmp_path)])
            assert done.exit_code == 0, done.output
            found = {it.platform: it.digest for it in imagetools.manifests(published)}
            assert found == digests


@pytest.mark.parametrize(
    "words",
    [
        ["--for-index"],
        ["--for-index", "--push", "--tag", "registry/x:1"],
        ["--for-index", "--push", "--builder", "b", "--platform", "linux/amd64,linux/arm64"],
        ["--for-index", "--push", "--target", "core"],
        ["--for-index", "--push", "--builder", "b"],
        ["--for-index", "--push", "--platform", "linux/arm64/v8"],
    ],
    ids=["no push", "a name", "several", "a stage", "another's machine", "a variant"],
)
def test_what_would_not_be_named_so_is_refused(words: list[str]) -> None:
    done = CliRunner().invoke(app, ["build", *words])
    assert isinstance(done.exception, UsageError)
