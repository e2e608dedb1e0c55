"""What the tests of the rehearsal ask it, without wrangler."""

import json
import uuid
from typing import Any

import httpx

from harness.cloudflare.rehearsal import Image, Rehearsal

__all__ = [
    "CLASS",
    "NEW",
    "OLD",
    "client",
    "code",
    "container",
    "deploy",
    "known_images",
    "metadata",
    "result",
    "version_of",
]

CLASS = "LoaContainer"
OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64
_MODULE = ("index.js", b"export default {}", "application/javascript+module")


def client(cloud: Rehearsal) -> httpx.Client:
    """Return a client of the account's API."""
    variables = cloud.environment
    return httpx.Client(
        base_url=f"{variables['CLOUDFLARE_API_BASE_URL']}/accounts/{cloud.state.account}/",
        headers={"Authorization": f"Bearer {variables['CLOUDFLARE_API_TOKEN']}"},
    )


def metadata(*bindings: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return what an upload says of itself."""
    return {
        "main_module": "index.js",
        "bindings": list(bindings),
        "compatibility_date": "2026-01-01",
        "keep_bindings": ["secret_text"],
        **more,
    }


def deploy(
    api: httpx.Client,
    given: dict[str, Any] | None = None,
    *,
    path: str = "workers/scripts/site",
    method: str = "PUT",
) -> httpx.Response:
    """Upload a Worker as wrangler does."""
    parts = {
        "metadata": (None, json.dumps(given or metadata()).encode(), "application/json"),
        "index.js": _MODULE,
    }
    return api.request(method, path, files=parts)


def container(api: httpx.Client, image: str = OLD) -> str:
    """Deploy a Worker with a container that runs an image, and return the application's id."""
    binding = {"type": "durable_object_namespace", "name": "LOA", "class_name": CLASS}
    steps = {"new_tag": "v1", "steps": [{"new_sqlite_classes": [CLASS]}]}
    version = version_of(deploy(api, metadata(binding, migrations=steps)))
    described = result(api.get(f"workers/scripts/site/versions/{version}"))
    body = {
        "name": "site-loacontainer",
        "configuration": {"image": f"registry/loa@{image}", "instance_type": "standard-1"},
        "durable_objects": {"namespace_id": described["resources"]["bindings"][0]["namespace_id"]},
    }
    return str(result(api.post("containers/applications", json=body))["id"])


def result(answer: httpx.Response) -> Any:  # noqa: ANN401 -- whatever the API returns
    """Return the result of an answer that must be a success."""
    body = answer.json()
    assert body["success"], body
    return body["result"]


def version_of(answer: httpx.Response) -> str:
    """Return the id of the version that an upload made."""
    body = result(answer)
    # After a PUT, wrangler takes it from here, too.
    return str(uuid.UUID(body.get("deployment_id") or body["id"]))


def code(answer: httpx.Response) -> tuple[int, int]:
    """Return status and code of an answer that must be a refusal."""
    body = answer.json()
    assert not body["success"], body
    return answer.status_code, body["errors"][0]["code"]


def known_images(cloud: Rehearsal) -> None:
    """Tell the edge of an old and a new image."""
    cloud.state.images |= {OLD: Image(revision="old"), NEW: Image(revision="new")}
