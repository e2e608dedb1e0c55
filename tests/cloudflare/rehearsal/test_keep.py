"""A rehearsal that is left and taken up again."""

from pathlib import Path

import httpx

from harness.cloudflare.rehearsal import rehearsal
from tests.cloudflare.rehearsal.client import NEW, client, container, deploy, known_images, result


def test_what_was_live_is_live_again(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with rehearsal(keep=file) as cloud, client(cloud) as api:
        known_images(cloud)
        container(api, NEW)
        result(api.post("r2/buckets", json={"name": "loa-releases"}))
        before = cloud.state.model_copy(deep=True)
    with rehearsal(keep=file) as cloud, client(cloud) as api:
        assert cloud.state == before
        assert httpx.get(f"{cloud.url('site')}/health").json()["revision"] == "new"
        result(deploy(api, path="workers/scripts/site/versions", method="POST"))


def test_the_file_holds_secrets_and_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with rehearsal(keep=file) as cloud, client(cloud) as api:
        deploy(api)
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_is_written_after_each_change(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with rehearsal(keep=file) as cloud, client(cloud) as api:
        deploy(api)
        assert "site" in file.read_text(encoding="utf-8")
