"""What wrangler is given for a Worker, without wrangler."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from harness.cloudflare.api import Api
from harness.cloudflare.serving import Candidate
from harness.cloudflare.settings import Settings
from harness.cloudflare.site import CloudflareSite
from harness.cloudflare.worker import Worker
from harness.cloudflare.wrangler import Wrangler
from harness.envfile import TOKEN

CANDIDATE = Candidate(release="r", commit="c", image="registry/app@sha256:abc", revision="c")


class Told:
    """In the place of wrangler: keeps the secrets that it was given."""

    secrets: dict[str, str] | None = None

    def run(self, *words: str) -> list[dict[str, Any]]:
        if "--secrets-file" in words:
            path = Path(words[words.index("--secrets-file") + 1])
            assert path.stat().st_mode & 0o777 == 0o600
            self.secrets = json.loads(path.read_text(encoding="utf-8"))
        return [{"type": "version-upload", "version_id": "v1"}]


class Secrets:
    """In the place of a Worker that has these secrets."""

    def __init__(self, *names: str) -> None:
        self._names = list(names)

    def secrets(self) -> list[str]:
        return self._names


def uploaded(tmp_path: Path, *there: str) -> dict[str, str] | None:
    """Upload a version of a Worker with these secrets, and return those that it is given."""
    told = Told()
    document = {"name": "app", "env": {"staging": {}}}
    settings = Settings(tmp_path / "wrangler.jsonc", "staging", document)
    worker, wrangler = cast("Worker", Secrets(*there)), cast("Wrangler", told)
    site = CloudflareSite(settings, worker, wrangler, "https://app.example")
    assert site.upload(CANDIDATE) == "v1"
    return told.secrets


def test_a_first_release_brings_the_gateways_token_as_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a line end in it, it would be no token that anybody can send."""
    monkeypatch.setenv(TOKEN, "a-token-of-the-gateway\n")
    assert uploaded(tmp_path) == {TOKEN: "a-token-of-the-gateway"}
    assert uploaded(tmp_path, TOKEN) is None


class History:
    """In the place of the API: a Worker's deployments, the live one first, and its versions."""

    def __init__(self, deployed: list[list[str]], versions: dict[str, dict[str, str]]) -> None:
        self._deployed = deployed
        self._versions = versions

    def find(self, path: str) -> dict[str, Any] | None:
        kind, _, version = path.removeprefix("workers/scripts/app/").partition("/")
        if kind == "versions":
            known = self._versions.get(version)
            return {"annotations": known} if known is not None else None
        shares = [100.0, 0.0]
        return {
            "deployments": [
                {
                    "versions": [
                        {"version_id": it, "percentage": share}
                        for it, share in zip(ids, shares, strict=False)
                    ]
                }
                for ids in self._deployed
            ]
        }


def history(deployed: list[list[str]], **versions: dict[str, str]) -> CloudflareSite:
    worker = Worker(cast("Api", History(deployed, versions)), "app", "app-container")
    settings = Settings(Path("wrangler.jsonc"), "staging", {"name": "app"})
    return CloudflareSite(settings, worker, cast("Wrangler", Told()), "https://app.example")


SECRET = {"workers/triggered_by": "secret"}
UPLOAD = {"workers/triggered_by": "upload"}


def test_what_has_no_name_is_of_no_release() -> None:
    site = history([["theirs"]], theirs=UPLOAD, ours=UPLOAD | {"workers/tag": "r2"})
    assert not site.is_of("theirs", "")
    assert not site.is_of("gone", "")
    assert not site.is_of("theirs", "r2")
    assert site.is_of("ours", "r2")


def test_a_version_that_secrets_made_is_the_one_that_served_before_them() -> None:
    versions = {"a": UPLOAD, "b": SECRET, "c": SECRET}
    assert history([["c"], ["b"], ["a", "x"]], **versions).base_of("c") == "a"
    assert history([["c"], ["b"]], **versions).base_of("c") == "b"  # more nobody knows
    assert history([["a"]], **versions).base_of("a") == "a"
    assert history([["a"]], **versions).base_of("gone") == "gone"
