"""Versions of a Worker: uploaded aside, live only by a deployment."""

from typing import Any

from harness.cloudflare.rehearsal import refusals, upload
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.scripts import refuse_missing_buckets, uploaded
from harness.cloudflare.rehearsal.state import UploadedVersion

__all__: list[str] = []

_VERSIONS = "/accounts/{account}/workers/scripts/{script}/versions"
_LISTED = 10


@route("GET", _VERSIONS, Mark.DOCUMENTED, Permission.WORKERS, "the ten last versions, newest first")
async def list_versions(ask: Ask) -> object:
    """List the versions."""
    last = ask.worker().versions[: -_LISTED - 1 : -1]
    return {"items": [_described(version) for version in last]}


@route(
    "GET",
    f"{_VERSIONS}/{{version}}",
    Mark.MEASURED,
    Permission.WORKERS,
    "a version with its bindings; secrets by name only",
)
async def get_version(ask: Ask) -> object:
    """Describe a version."""
    version = ask.worker().version(ask.name("version"))
    if version is None:
        raise refusals.NO_VERSION.because()
    return _described(version)


@route(
    "POST",
    _VERSIONS,
    Mark.MEASURED,
    Permission.WORKERS,
    "takes an upload and leaves what is live; 10211 if a migration is in it",
)
async def post_version(ask: Ask) -> object:
    """Upload a version."""
    worker, given = ask.worker(), await upload.read(ask)
    if given.migrations:
        raise refusals.MIGRATION_PENDING.because()
    refuse_missing_buckets(ask, given)
    version = given.version(worker)
    await ask.cloud.check(version)
    worker.versions.append(version)
    return uploaded(version)


def _described(version: UploadedVersion) -> dict[str, Any]:
    hidden = [{"type": "secret_text", "name": name} for name in version.secrets]
    return {
        "id": version.id,
        "number": version.number,
        "annotations": version.annotations,
        "metadata": {
            "created_on": version.created_on,
            "modified_on": version.created_on,
            "source": "wrangler",
            "author_email": "rehearsal@example.com",
            "hasPreview": False,
        },
        "resources": {
            "bindings": [*version.bindings, *hidden],
            "script": {"etag": version.id.replace("-", ""), "last_deployed_from": "wrangler"},
            "script_runtime": {"compatibility_date": version.compatibility_date},
        },
    }
