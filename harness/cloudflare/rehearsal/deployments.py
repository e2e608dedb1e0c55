"""Deployments: which versions serve, with which share of the requests."""

from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.cloud import Cloud
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.state import Deployment, Live, UploadedVersion, Worker

__all__ = ["deploy"]

_DEPLOYMENTS = "/accounts/{account}/workers/scripts/{script}/deployments"
_ALL = 100
_LISTED = 10


async def deploy(
    cloud: Cloud, worker: Worker, shares: list[Live], annotations: dict[str, str]
) -> Deployment:
    """Make versions live with their shares."""
    deployment = Deployment(versions=shares, annotations=annotations)
    worker.deployments.append(deployment)
    for version, percentage in worker.live():
        version.was_live = version.was_live or percentage > 0
    await cloud.show(worker)
    return deployment


@route(
    "GET",
    _DEPLOYMENTS,
    Mark.MEASURED,
    Permission.WORKERS,
    "the ten last deployments, the live one first",
)
async def list_deployments(ask: Ask) -> object:
    """List the deployments."""
    last = ask.worker().deployments[: -_LISTED - 1 : -1]
    return {"deployments": [_described(deployment) for deployment in last]}


@route(
    "POST",
    _DEPLOYMENTS,
    Mark.MEASURED,
    Permission.WORKERS,
    "makes versions live with their shares; 10220 if a secret changed since one was live",
)
async def post_deployment(ask: Ask) -> object:
    """Make versions live."""
    worker, body = ask.worker(), await ask.json()
    shares = [Live.model_validate(each) for each in body["versions"]]
    _refuse_wrong_shares(worker, shares)
    if ask.query("force") != "true":
        _refuse_old_secrets(worker, shares)
    given = body.get("annotations") or {}
    annotations = {key: str(value) for key, value in given.items() if value is not None}
    return _described(await deploy(ask.cloud, worker, shares, annotations))


def _refuse_wrong_shares(worker: Worker, shares: list[Live]) -> None:
    if any(worker.version(share.version_id) is None for share in shares):
        raise refusals.NO_VERSION.because()
    total = sum(share.percentage for share in shares)
    if total != _ALL:
        raise refusals.BAD_SHARES.because(total)


def _refuse_old_secrets(worker: Worker, shares: list[Live]) -> None:
    current = worker.live()[-1][0] if worker.live() else None
    for share in shares:
        version = worker.version(share.version_id)
        # One that was never live has not been overtaken by a change: nobody saw its secrets.
        if current and version and version.was_live:
            changed = _changed(version, current)
            if changed:
                raise refusals.SECRET_CHANGED.because(", ".join(changed))


def _changed(before: UploadedVersion, after: UploadedVersion) -> list[str]:
    names = sorted(before.secrets.keys() | after.secrets.keys())
    return [name for name in names if before.secrets.get(name) != after.secrets.get(name)]


def _described(deployment: Deployment) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "created_on": deployment.created_on,
        "source": "wrangler",
        "strategy": "percentage",
        "author_email": "rehearsal@example.com",
        "annotations": deployment.annotations,
        "versions": [share.model_dump() for share in deployment.versions],
    }
