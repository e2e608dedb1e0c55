"""R2's S3 side: objects read and written by signed requests, on condition if asked for."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from xml.sax.saxutils import escape, unescape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from harness.cloudflare.rehearsal import signature
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.cloud import Cloud
from harness.cloudflare.rehearsal.marks import OBJECTS, Mark, Permission, Route, route
from harness.cloudflare.rehearsal.state import Bucket, State, StoredObject

__all__ = ["OBJECTS", "S3Error", "application", "key_of"]

_OBJECT = "/{bucket}/{key:path}"
_objects = partial(route, into=OBJECTS)


class S3Error(Exception):
    """A request is refused.

    Args:
        status: The HTTP status.
        code: As S3 names it.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def key_of(state: State) -> tuple[str, str]:
    """Return id and secret of the S3 key that the API token is at the same time."""
    return state.token.id, hashlib.sha256(state.token.value.encode()).hexdigest()


def application(cloud: Cloud, changed: Callable[[], None]) -> Starlette:
    """Return R2's S3 side of an account.

    Args:
        cloud: Whose buckets it serves.
        changed: Called after each call that may have changed something.
    """

    def endpoint(asked: Route) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            response = await _answer(asked, Ask(request, cloud))
            if asked.method not in {"GET", "HEAD"}:
                changed()
            return response

        return answer

    routes = [StarletteRoute(each.path, endpoint(each), methods=[each.method]) for each in OBJECTS]
    return Starlette(routes=routes)


async def _answer(asked: Route, ask: Ask) -> Response:
    try:
        await _admit(ask)
        response = await asked.handler(ask)
    except (S3Error, signature.SignatureError) as error:
        body = f"<Error><Code>{escape(error.code)}</Code><Message>{error.code}</Message></Error>"
        return Response(body, error.status, media_type="application/xml")
    assert isinstance(response, Response)  # noqa: S101 -- what each handler here returns
    return response


async def _admit(ask: Ask) -> None:
    received = ask.request
    signed = signature.Request(
        received.method,
        received.scope["raw_path"].decode(),
        received.url.query,
        received.headers,
        await received.body(),
    )
    signature.check(signed, *key_of(ask.state))
    if Permission.R2 not in ask.state.token.permissions or ask.state.token.status != "active":
        raise S3Error(403, "AccessDenied")


# HEAD stands before GET, which would take it too.
@_objects("HEAD", _OBJECT, Mark.DOCUMENTED, Permission.R2, "an object's size and ETag")
async def head(ask: Ask) -> object:
    """Describe an object."""
    return _with_headers(_object(ask), b"")


@_objects(
    "GET", _OBJECT, Mark.DOCUMENTED, Permission.R2, "an object; 304 and 412 as the conditions say"
)
async def get(ask: Ask) -> object:
    """Return an object."""
    found = _object(ask)
    headers = ask.request.headers
    if "if-match" in headers and not _matches(headers["if-match"], found):
        raise S3Error(412, "PreconditionFailed")
    if "if-none-match" in headers and _matches(headers["if-none-match"], found):
        return Response(status_code=304, headers={"ETag": found.etag})
    return _with_headers(found, found.content)


@_objects(
    "PUT",
    _OBJECT,
    Mark.DOCUMENTED,
    Permission.R2,
    "writes an object; 412 if If-Match or If-None-Match forbids it",
)
async def put(ask: Ask) -> object:
    """Write an object."""
    bucket, key, content = _bucket(ask), ask.name("key"), await ask.request.body()
    # Nothing is awaited from here on: of two writers that want the same, one is refused.
    _check_conditions(ask.request.headers, bucket.objects.get(key))
    # R2's ETag is the MD5 of the content.
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    kind = ask.request.headers.get("content-type", "application/octet-stream")
    bucket.objects[key] = StoredObject(content=content, etag=etag, content_type=kind)
    return Response(headers={"ETag": etag})


@_objects("DELETE", _OBJECT, Mark.DOCUMENTED, Permission.R2, "removes an object, there or not")
async def delete(ask: Ask) -> object:
    """Remove an object."""
    _bucket(ask).objects.pop(ask.name("key"), None)
    return Response(status_code=204)


@_objects("GET", "/{bucket}", Mark.DOCUMENTED, Permission.R2, "all keys under a prefix")
async def list_objects(ask: Ask) -> object:
    """List a bucket's objects."""
    bucket, prefix = _bucket(ask), ask.query("prefix")
    found = {key: each for key, each in sorted(bucket.objects.items()) if key.startswith(prefix)}
    body = (
        f"<ListBucketResult><Name>{bucket.name}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<KeyCount>{len(found)}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"
        f"{''.join(_listed(key, each) for key, each in found.items())}</ListBucketResult>"
    )
    return Response(body, media_type="application/xml")


@_objects("POST", "/{bucket}", Mark.DOCUMENTED, Permission.R2, "removes several objects")
async def delete_several(ask: Ask) -> object:
    """Remove objects, there or not."""
    bucket, body = _bucket(ask), (await ask.request.body()).decode()
    keys = re.findall(r"<Key>(.*?)</Key>", body, re.DOTALL)
    for key in keys:
        bucket.objects.pop(unescape(key), None)
    gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
    return Response(f"<DeleteResult>{gone}</DeleteResult>", media_type="application/xml")


def _listed(key: str, found: StoredObject) -> str:
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{found.modified}</LastModified>"
        f"<ETag>{escape(found.etag)}</ETag><Size>{len(found.content)}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def _check_conditions(headers: Mapping[str, str], there: StoredObject | None) -> None:
    if "if-match" in headers and not (there and _matches(headers["if-match"], there)):
        raise S3Error(412, "PreconditionFailed")
    if "if-none-match" in headers and there and _matches(headers["if-none-match"], there):
        raise S3Error(412, "PreconditionFailed")


def _matches(condition: str, found: StoredObject) -> bool:
    wanted = {each.strip().strip('"') for each in condition.split(",")}
    return "*" in wanted or found.etag.strip('"') in wanted


def _bucket(ask: Ask) -> Bucket:
    found = ask.state.buckets.get(ask.name("bucket"))
    if found is None:
        raise S3Error(404, "NoSuchBucket")
    return found


def _object(ask: Ask) -> StoredObject:
    found = _bucket(ask).objects.get(ask.name("key"))
    if found is None:
        raise S3Error(404, "NoSuchKey")
    return found


def _with_headers(found: StoredObject, content: bytes) -> Response:
    modified = datetime.fromisoformat(found.modified)
    headers = {
        "ETag": found.etag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Content-Length": str(len(found.content)),
    }
    return Response(content, media_type=found.content_type, headers=headers)
