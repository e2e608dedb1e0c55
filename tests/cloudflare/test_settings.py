"""What is read of wrangler's configuration, and the copy that pins an image."""

import json
from pathlib import Path

import pytest

from harness.cloudflare.settings import Settings
from harness.errors import ConfigError, UsageError
from harness.project import Project

TEXT = """
{
  // comments and trailing commas are allowed
  "name": "app",
  "main": "src/worker.ts",
  "assets": { "directory": "public", "binding": "ASSETS" },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Box"] }],
  "r2_buckets": [{ "binding": "TOP", "bucket_name": "not-inherited" }],
  "env": {
    "staging": {
      "routes": ["staging.example.com/*"],
      "containers": [
        { "class_name": "Box", "image": "../Dockerfile", "image_build_context": "../.." },
      ],
      "r2_buckets": [{ "binding": "STATE", "bucket_name": "state" }],
    },
    "production": { "name": "shop", "migrations": [{ "tag": "v2" }], },
  },
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "harness.toml").touch()
    directory = tmp_path / "deploy" / "cloudflare"
    directory.mkdir(parents=True)
    (directory / "wrangler.jsonc").write_text(TEXT)
    return Project(tmp_path)


def test_names_are_as_wrangler_makes_them(project: Project) -> None:
    found = Settings.read(project, "staging")
    assert (found.worker, found.application) == ("app-staging", "app-staging-box")
    assert (found.buckets, found.migration) == (["state"], "v1")
    assert Settings.read(project, "production").worker == "shop"
    assert Settings.read(project, "production").migration == "v2"


def test_the_copy_names_the_image_and_finds_the_sources(project: Project) -> None:
    found = Settings.read(project, "staging")
    with found.pinned("registry/app@sha256:abc") as path:
        document = json.loads(path.read_text())
        assert project.root not in path.parents
    assert document["main"] == str(project.root / "deploy/cloudflare/src/worker.ts")
    public = str(project.root / "deploy/cloudflare/public")
    assert document["assets"] == {"directory": public, "binding": "ASSETS"}
    container = document["env"]["staging"]["containers"][0]
    assert container == {"class_name": "Box", "image": "registry/app@sha256:abc"}
    assert not path.exists()


def test_an_environment_that_is_not_there_is_named(project: Project) -> None:
    with pytest.raises(ConfigError, match="has no environment 'testing'"):
        Settings.read(project, "testing")


@pytest.mark.parametrize(
    ("there", "instead", "problem"),
    [
        ('"class_name": "Box", ', "", "env.staging.containers.0.class_name: Field required"),
        ('"bucket_name": "state"', "", "env.staging.r2_buckets.0.bucket_name: Field required"),
        ('{ "tag": "v1", ', "{ ", "migrations.0.tag: Field required"),
        ('{ "name": "shop"', '[], "x": { "name": "shop"', "env.production: Input should be"),
    ],
)
def test_what_is_missing_is_named_with_its_place(
    project: Project, there: str, instead: str, problem: str
) -> None:
    path = project.root / "deploy/cloudflare/wrangler.jsonc"
    assert there in TEXT
    path.write_text(TEXT.replace(there, instead), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"^deploy/cloudflare/wrangler.jsonc: {problem}"):
        Settings.read(project, "staging")


def test_a_bucket_that_is_not_released_needs_no_name(project: Project) -> None:
    """As wrangler has it: what runs on a developer's machine has none."""
    path = project.root / "deploy/cloudflare/wrangler.jsonc"
    named = ', "bucket_name": "not-inherited"'
    assert named in TEXT
    path.write_text(TEXT.replace(named, ""), encoding="utf-8")
    assert Settings.read(project, "staging").buckets == ["state"]


def test_a_preview_shares_no_name_with_an_environment(project: Project) -> None:
    found = Settings.preview(project, "pr-12")
    assert (found.worker, found.application) == ("app-preview-pr-12", "app-preview-pr-12-box")
    assert (found.buckets, found.migration) == (["app-preview-pr-12-state"], "v1")
    with found.pinned("registry/app@sha256:abc") as path:
        document = json.loads(path.read_text())
    assert list(document["env"]) == [found.environment]
    own = document["env"][found.environment]
    assert own["triggers"] == {"crons": []}
    assert not own.keys() & {"route", "routes"}
    assert "staging" not in json.dumps(document)


@pytest.mark.parametrize("name", ["", "PR-12", "-x", "x-", "a.b", "a/b", "x" * 31])
def test_a_name_that_fits_into_no_address_is_no_preview(project: Project, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a preview's name"):
        Settings.preview(project, name)
