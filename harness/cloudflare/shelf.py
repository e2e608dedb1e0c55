"""Records in an R2 bucket, through its S3 API, each write under a condition."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import obstore
import stamina
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store
from pydantic import ValidationError

from harness.cloudflare.api import Api, ApiError
from harness.cloudflare.credentials import TOKEN, Credentials
from harness.cloudflare.record import Record, StaleError
from harness.console import log
from harness.errors import ReleaseError

__all__ = ["ENDPOINT", "R2Shelf", "emptied", "key_of", "made"]

T = TypeVar("T")

ENDPOINT = "LOA_R2_ENDPOINT"
_IS_THERE = 10004
_CLOUDFLARE = "https://{account}.r2.cloudflarestorage.com"


class R2Shelf:
    """The bucket that remembers releases.

    The key is the API token itself: Cloudflare takes its id and the SHA-256 of its value.

    Args:
        credentials: Whose bucket.
        key: The token's id.
        bucket: The bucket's name.
    """

    def __init__(self, credentials: Credentials, key: str, bucket: str) -> None:
        self._bucket = bucket
        self._store = _store(credentials, key, bucket)

    def read(self, environment: str) -> tuple[Record, str]:
        """Return an environment's record and its etag; both empty if there is none.

        Raises:
            ReleaseError: The bucket cannot be read, or holds something else.
        """
        try:
            found = _patiently(lambda: obstore.get(self._store, _name(environment)))
            record = Record.model_validate_json(bytes(found.bytes()))
        except FileNotFoundError:
            return Record(), ""
        except ValidationError as error:
            raise ReleaseError(
                f"{self._bucket}/{_name(environment)} is no record of releases",
                "see whether another version of the harness wrote it",
            ) from error
        except obstore.exceptions.BaseError as error:
            raise _unreachable(self._bucket, error) from error
        return record, str(found.meta["e_tag"])

    def write(self, environment: str, record: Record, replaces: str) -> str:
        """Write a record in place of the one with that etag; see `Shelf`.

        Raises:
            StaleError: Another one is there.
            ReleaseError: The bucket cannot be written to.
        """
        mode: Any = {"e_tag": replaces} if replaces else "create"
        body = record.model_dump_json(indent=1).encode()
        try:
            done = _patiently(lambda: obstore.put(self._store, _name(environment), body, mode=mode))
        except (AlreadyExistsError, PreconditionError) as error:
            return self._ours(environment, record, error)
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise _unreachable(self._bucket, error) from error
        return str(done["e_tag"])

    def _ours(self, environment: str, record: Record, error: Exception) -> str:
        """A write whose answer was lost was sent again: what is there may be our own."""
        found, mark = self.read(environment)
        if found != record:
            raise StaleError from error
        return mark


def made(api: Api, bucket: str) -> None:
    """Have a bucket be there.

    Raises:
        ApiError: Cloudflare refuses to make it.
        UnreachableError: No usable answer came; it may be there.
    """
    if api.find(f"r2/buckets/{bucket}") is not None:
        return
    try:
        api.tell("POST", "r2/buckets", {"name": bucket})
    except ApiError as error:
        # The call was sent again, for the answer of one that was done was lost.
        if _IS_THERE not in error.codes:
            raise


def emptied(credentials: Credentials, key: str, bucket: str) -> None:
    """Remove all that is in a bucket.

    Raises:
        ReleaseError: The bucket cannot be read, or not be written to.
    """
    store = _store(credentials, key, bucket)
    try:
        for batch in obstore.list(store):
            _patiently(partial(obstore.delete, store, [it["path"] for it in batch]))
    except (obstore.exceptions.BaseError, FileNotFoundError) as error:
        raise _unreachable(bucket, error) from error


def _store(credentials: Credentials, key: str, bucket: str) -> S3Store:
    endpoint = os.environ.get(ENDPOINT) or _CLOUDFLARE.format(account=credentials.account)
    secret = hashlib.sha256(credentials.token.encode()).hexdigest()
    log.protect(secret)
    return S3Store(
        bucket,
        endpoint=endpoint,
        region="auto",
        access_key_id=key,
        secret_access_key=secret,
        virtual_hosted_style_request=False,
        client_options={"allow_http": endpoint.startswith("http://127.0.0.1:")},
    )


def _unreachable(bucket: str, error: Exception) -> ReleaseError:
    reason = str(error).splitlines()[0][:200]
    return ReleaseError(
        f"the bucket {bucket} cannot be used: {reason}",
        "see `harness preflight`",
    )


def _patiently(call: Callable[[], T]) -> T:
    """Try again what the network ended: a write that was done after all is found to be ours."""
    for attempt in stamina.retry_context(
        on=obstore.exceptions.GenericError, attempts=6, timeout=60, wait_initial=0.2
    ):
        with attempt:
            return call()
    raise AssertionError("unreachable")  # the loop returns or raises


def key_of(api: Api) -> str:
    """Return the id of the token in use, which is the key of R2's S3 API.

    Raises:
        ReleaseError: Cloudflare does not know the token.
        UnreachableError: No usable answer came.
    """
    try:
        return str(api.call("GET", "/user/tokens/verify")["id"])
    except ApiError as error:
        raise ReleaseError(
            f"Cloudflare does not know what is in {TOKEN}",
            "set a user's API token; docs/security.md says what it must be allowed",
        ) from error


def _name(environment: str) -> str:
    return f"releases/{environment}.json"
