"""R2 buckets as the account's API has them; what is in them: see `objects`."""

from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.state import Bucket

__all__: list[str] = []

_BUCKETS = "/accounts/{account}/r2/buckets"
_BUCKET = f"{_BUCKETS}/{{bucket}}"


@route("GET", _BUCKETS, Mark.MEASURED, Permission.R2, "the buckets")
async def list_buckets(ask: Ask) -> object:
    """List the buckets."""
    return {"buckets": [_described(bucket) for bucket in ask.state.buckets.values()]}


@route("POST", _BUCKETS, Mark.MEASURED, Permission.R2, "a new bucket; 10004 if it is there")
async def create(ask: Ask) -> object:
    """Make a bucket."""
    name = (await ask.json())["name"]
    if name in ask.state.buckets:
        raise refusals.BUCKET_IS_THERE.because()
    ask.state.buckets[name] = Bucket(name=name)
    return _described(ask.state.buckets[name])


@route("GET", _BUCKET, Mark.MEASURED, Permission.R2, "a bucket; 10006 if there is none")
async def get(ask: Ask) -> object:
    """Describe a bucket."""
    return _described(_bucket(ask))


@route(
    "DELETE", _BUCKET, Mark.DOCUMENTED, Permission.R2, "removes a bucket; 10008 if it is not empty"
)
async def delete(ask: Ask) -> object:
    """Remove a bucket, which must be empty."""
    found = _bucket(ask)
    if found.objects:
        raise refusals.BUCKET_NOT_EMPTY.because()
    del ask.state.buckets[found.name]
    return {}


def _bucket(ask: Ask) -> Bucket:
    found = ask.state.buckets.get(ask.name("bucket"))
    if found is None:
        raise refusals.NO_BUCKET.because()
    return found


def _described(bucket: Bucket) -> dict[str, Any]:
    return {
        "name": bucket.name,
        "creation_date": bucket.created,
        "location": "WEUR",
        "storage_class": "Standard",
    }
