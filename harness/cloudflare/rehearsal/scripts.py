"""Workers as a whole: what is there, and the upload that goes live at once."""

from typing import Any

from harness.cloudflare.rehearsal import refusals, upload
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.deployments import deploy
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.migrations import migrate
from harness.cloudflare.rehearsal.state import Live, UploadedVersion, Worker, now

__all__ = ["refuse_missing_buckets", "uploaded"]

_SCRIPTS = "/accounts/{account}/workers/scripts"
_SCRIPT = f"{_SCRIPTS}/{{script}}"


@route("GET", _SCRIPTS, Mark.DOCUMENTED, Permission.WORKERS, "every Worker with its migration tag")
async def list_scripts(ask: Ask) -> object:
    """List the Workers."""
    return [_summary(worker) for worker in ask.state.workers.values()]


@route(
    "GET",
    "/accounts/{account}/workers/services/{script}",
    Mark.MEASURED,
    Permission.WORKERS,
    "tags and migration tag of a Worker; 10090 if there is none",
)
async def service(ask: Ask) -> object:
    """Describe a Worker as wrangler asks for it before a deploy."""
    worker = ask.state.workers.get(ask.name("script"))
    if worker is None:
        raise refusals.NO_SERVICE.because()
    environment = {"environment": "production", "script": _summary(worker)}
    return {"id": worker.name, "default_environment": environment}


@route(
    "GET",
    "/accounts/{account}/workers/workers/{script}",
    Mark.MEASURED,
    Permission.WORKERS,
    "id, name and subdomain of a Worker",
)
async def get_worker(ask: Ask) -> object:
    """Describe a Worker as wrangler asks for it after a deploy."""
    worker = ask.worker()
    host = f"{ask.state.subdomain}.workers.dev"
    subdomain = {
        **worker.subdomain,
        "url": f"https://{worker.name}.{host}",
        "preview_url_suffix": f"-{worker.name}.{host}",
    }
    return {"id": worker.tag, "name": worker.name, "subdomain": subdomain}


@route(
    "PUT",
    _SCRIPT,
    Mark.MEASURED,
    Permission.WORKERS,
    "takes an upload, applies its migrations, and makes it live at 100 %",
)
async def put_script(ask: Ask) -> object:
    """Upload a Worker and make it live."""
    given = await upload.read(ask)
    refuse_missing_buckets(ask, given)
    name = ask.name("script")
    worker = (ask.state.workers.get(name) or Worker(name=name)).model_copy(deep=True)
    migrate(worker, given.migrations)
    version = given.version(worker)
    await ask.cloud.check(version)
    worker.versions.append(version)
    # Only now: an upload that was refused leaves nothing behind.
    ask.state.workers[name] = worker
    await deploy(ask.cloud, worker, [Live(version_id=version.id, percentage=100)], {})
    # What it calls the deployment's id is the version's: wrangler asks for that version next.
    deployment_id = version.id.replace("-", "")
    return {**uploaded(version), "id": name, "tag": worker.tag, "deployment_id": deployment_id}


@route("DELETE", _SCRIPT, Mark.DOCUMENTED, Permission.WORKERS, "removes a Worker")
async def delete_script(ask: Ask) -> object:
    """Remove a Worker; its container applications stay."""
    worker = ask.worker()
    worker.deployments.clear()
    await ask.cloud.show(worker)
    del ask.state.workers[worker.name]
    return None


def refuse_missing_buckets(ask: Ask, given: upload.Upload) -> None:
    """Refuse an upload that binds a bucket that is not there.

    Raises:
        RefusedError: It does.
    """
    for bucket in given.buckets:
        if bucket not in ask.state.buckets:
            raise refusals.BUCKET_NOT_BOUND.because(bucket)


def uploaded(version: UploadedVersion) -> dict[str, Any]:
    """Return what is answered to an upload."""
    return {
        "id": version.id,
        "etag": version.id.replace("-", ""),
        "number": version.number,
        "startup_time_ms": 1,
        "metadata": {"has_preview": False, "hasPreview": False, "created_on": version.created_on},
    }


def _summary(worker: Worker) -> dict[str, Any]:
    return {
        "id": worker.name,
        "tag": worker.tag,
        "tags": worker.script_settings.get("tags"),
        "last_deployed_from": "wrangler",
        "migration_tag": worker.migration_tag or None,
        "created_on": worker.created_on,
        "modified_on": worker.deployments[-1].created_on if worker.deployments else now(),
    }
