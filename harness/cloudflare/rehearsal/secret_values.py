"""Secrets of a Worker: each change makes a new version and puts it live."""

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.deployments import deploy
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.state import Live, UploadedVersion, Worker, now

__all__: list[str] = []

_SECRETS = "/accounts/{account}/workers/scripts/{script}/secrets"


@route("GET", _SECRETS, Mark.MEASURED, Permission.WORKERS, "the names of the secrets")
async def list_secrets(ask: Ask) -> object:
    """List the secrets' names."""
    worker = ask.worker()
    latest = worker.versions[-1].secrets if worker.versions else {}
    return [{"name": name, "type": "secret_text"} for name in latest]


@route(
    "PUT",
    _SECRETS,
    Mark.MEASURED,
    Permission.WORKERS,
    "a new version with the secret, live at once; 10215 if the latest is not live",
)
async def put_secret(ask: Ask) -> object:
    """Set a secret."""
    worker, body = ask.worker(), await ask.json()
    latest = _latest_live(worker)
    await _change(ask, worker, latest.secrets | {body["name"]: body["text"]}, "Change secret")
    return {"name": body["name"], "type": "secret_text"}


@route(
    "DELETE",
    f"{_SECRETS}/{{secret}}",
    Mark.DOCUMENTED,
    Permission.WORKERS,
    "a new version without the secret, live at once",
)
async def delete_secret(ask: Ask) -> object:
    """Remove a secret."""
    worker, name = ask.worker(), ask.name("secret")
    kept = dict(_latest_live(worker).secrets)
    if kept.pop(name, None) is None:
        raise refusals.NO_SECRET.because(name)
    await _change(ask, worker, kept, "Delete secret")
    return None


def _latest_live(worker: Worker) -> UploadedVersion:
    latest, live = worker.versions[-1], worker.live()
    if live != [(latest, 100)]:
        raise refusals.NOT_LATEST.because()
    return latest


async def _change(ask: Ask, worker: Worker, secrets: dict[str, str], why: str) -> None:
    new = UploadedVersion(
        **worker.versions[-1].model_dump(
            exclude={"id", "number", "created_on", "secrets", "annotations", "was_live"}
        ),
        number=len(worker.versions) + 1,
        created_on=now(),
        secrets=secrets,
        annotations={"workers/triggered_by": "secret", "workers/message": why},
    )
    worker.versions.append(new)
    await deploy(ask.cloud, worker, [Live(version_id=new.id, percentage=100)], {})
