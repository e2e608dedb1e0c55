"""AWS Signature Version 4 as R2's S3 side checks it: who signed this request, and is it intact."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

__all__ = ["Request", "Signature", "SignatureError", "check"]

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>\d{8}/[^/]+/s3/aws4_request), ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"
_CLOCKS_DIFFER = timedelta(minutes=15)


class SignatureError(Exception):
    """The request is refused.

    Args:
        code: As S3 names it.
        status: The HTTP status.
    """

    def __init__(self, code: str, status: int = 403) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Request:
    """What a signature covers.

    Attributes:
        method: The HTTP method.
        path: As it was sent, encoded.
        query: As it was sent, without the question mark.
        headers: By name in lower case.
        body: All of it.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Signature:
    """The parts of the `Authorization` header."""

    key: str
    scope: str
    headers: list[str]
    value: str


def check(request: Request, key: str, secret: str) -> None:
    """Make sure that the owner of a key signed a request.

    Args:
        request: What was received.
        key: The id of the only key that is known.
        secret: What belongs to it.

    Raises:
        SignatureError: It is not signed, by another key, too old, or was changed on its way.
    """
    given = _parse(request.headers.get("authorization", ""))
    if given.key != key:
        raise SignatureError("Unauthorized", 401)
    _check_age(request.headers.get("x-amz-date", ""))
    _check_body(request)
    if not hmac.compare_digest(given.value, _sign(request, given, secret)):
        raise SignatureError("SignatureDoesNotMatch")


def _parse(header: str) -> Signature:
    found = _AUTHORIZATION.fullmatch(header)
    if found is None:
        raise SignatureError("InvalidArgument", 400)
    return Signature(found["key"], found["scope"], found["headers"].split(";"), found["signature"])


def _check_age(date: str) -> None:
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError("AccessDenied") from error
    if abs(datetime.now(UTC) - signed) > _CLOCKS_DIFFER:
        raise SignatureError("RequestTimeTooSkewed")


def _check_body(request: Request) -> None:
    promised = request.headers.get("x-amz-content-sha256", "")
    if promised not in {_UNSIGNED, hashlib.sha256(request.body).hexdigest()}:
        raise SignatureError("XAmzContentSHA256Mismatch", 400)


def _sign(request: Request, given: Signature, secret: str) -> str:
    digest = hashlib.sha256(_canonical(request, given.headers).encode()).hexdigest()
    date = request.headers["x-amz-date"]
    text = f"AWS4-HMAC-SHA256\n{date}\n{given.scope}\n{digest}"
    signing = f"AWS4{secret}".encode()
    for part in given.scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    return hmac.digest(signing, text.encode(), "sha256").hex()


def _canonical(request: Request, signed: list[str]) -> str:
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed]
    return "\n".join(
        [
            request.method,
            request.path,
            _canonical_query(request.query),
            "".join(headers),
            ";".join(signed),
            request.headers.get("x-amz-content-sha256", ""),
        ]
    )


def _canonical_query(query: str) -> str:
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    encoded = [(_encoded(name), _encoded(value)) for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="-_.~")
