"""Cloudflare's API: one call, asked again while what went wrong may pass."""

import os
from collections.abc import Mapping
from typing import Any

import httpx
import stamina

from harness.cloudflare.credentials import Credentials
from harness.errors import HarnessError

__all__ = ["BASE_URL", "Api", "ApiError", "UnreachableError"]

BASE_URL = "CLOUDFLARE_API_BASE_URL"
_CLOUDFLARE = "https://api.cloudflare.com/client/v4"
_ATTEMPTS, _SECONDS, _ONE_CALL = 6, 60.0, 20.0
_LONGEST_WAIT = 30.0

Json = Any
"""What JSON holds; the API's answers are read where they are understood."""


class ApiError(HarnessError):
    """Cloudflare refused a call.

    Args:
        call: The method and path that was asked.
        status: The HTTP status.
        errors: Code and message of each error that it names.
    """

    def __init__(self, call: str, status: int, errors: list[tuple[int, str]]) -> None:
        said = "; ".join(f"{text} [code: {code}]" for code, text in errors) or "it says no more"
        super().__init__(f"Cloudflare refuses {call} (HTTP {status}): {said}")
        self.status = status
        self.codes = {code for code, _ in errors}


class UnreachableError(HarnessError):
    """No usable answer came, for as long as Cloudflare was asked, or one that is not its own."""


class _PassingError(Exception):
    """An answer that may be another one next time; `wait` is in seconds, if the API names it."""

    def __init__(self, status: int, wait: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.wait = wait


class Api:
    """Calls below one account.

    Every call may be sent more than once: each says what shall be, not what shall be added.

    Args:
        credentials: Whose account.
        transport: How requests travel; only tests give one.
        attempts: How often a call is sent at most.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: httpx.BaseTransport | None = None,
        attempts: int = _ATTEMPTS,
    ) -> None:
        self.account = credentials.account
        self._attempts = attempts
        self._client = httpx.Client(
            base_url=os.environ.get(BASE_URL, _CLOUDFLARE),
            headers={"Authorization": f"Bearer {credentials.token}"},
            timeout=_ONE_CALL,
            transport=transport,
        )

    @property
    def is_loopback(self) -> bool:
        """Whether it is a rehearsal's, on this machine, and not Cloudflare's."""
        return self._client.base_url.host == "127.0.0.1"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def ask(self, path: str, **query: str) -> Json:
        """Return what is at a path below the account.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came.
        """
        return self.call("GET", self._below(path), query=query)

    def find(self, path: str) -> Json | None:
        """Return what is at a path below the account, or None if nothing is.

        Raises:
            ApiError: Cloudflare refuses for another reason.
            UnreachableError: No usable answer came.
        """
        try:
            return self.ask(path)
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def tell(self, method: str, path: str, body: Json, **query: str) -> Json:
        """Change something below the account.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came; the change may have been made.
        """
        return self.call(method, self._below(path), body=body, query=query)

    def remove(self, path: str, **query: str) -> bool:
        """Have nothing be at a path below the account; return whether anything was.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came; it may be gone.
        """
        try:
            self.tell("DELETE", path, None, **query)
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            return False
        return True

    def call(
        self, method: str, path: str, *, body: Json = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Call the API; see `ask` and `tell`."""
        try:
            for attempt in stamina.retry_context(
                on=_may_pass, attempts=self._attempts, timeout=_SECONDS, wait_initial=0.2
            ):
                with attempt:
                    return self._once(method, path, body, query)
        except (httpx.TransportError, _PassingError) as error:
            reason = str(error) if isinstance(error, _PassingError) else type(error).__name__
            raise UnreachableError(
                f"Cloudflare gives no usable answer to {method} {path} ({reason})",
                "see its status page, then run the command again",
            ) from error
        raise AssertionError("unreachable")  # the loop returns or raises

    def _below(self, path: str) -> str:
        return f"/accounts/{self.account}/{path}"

    def _once(self, method: str, path: str, body: Json, query: Mapping[str, str] | None) -> Json:
        sent = {"json": body} if body is not None else {}
        answer = self._client.request(method, path.lstrip("/"), params=query or None, **sent)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise _PassingError(answer.status_code, _named_wait(answer))
        document = _document(answer)
        if answer.is_success and answer.content and "success" not in document:
            raise UnreachableError(
                f"what answers {method} {path} is not Cloudflare's API",
                f"see whether a proxy is between, and {BASE_URL}",
            )
        if not answer.is_success or document.get("success") is False:
            raise ApiError(f"{method} {path}", answer.status_code, _errors(document))
        return document.get("result")


def _may_pass(error: Exception) -> bool | float:
    """Say whether to try again, or after how many seconds."""
    if isinstance(error, _PassingError) and error.wait is not None:
        return error.wait
    return isinstance(error, _PassingError | httpx.TransportError)


def _named_wait(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_WAIT) if text.isdecimal() else None


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _errors(document: Mapping[str, Any]) -> list[tuple[int, str]]:
    errors = document.get("errors") or []
    return [(int(it.get("code", 0)), str(it.get("message", ""))) for it in errors]
