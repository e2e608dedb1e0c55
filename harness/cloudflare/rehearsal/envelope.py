"""The JSON around every answer of Cloudflare's API."""

from dataclasses import dataclass

from starlette.responses import JSONResponse

from harness.cloudflare.rehearsal.refusals import RefusedError

__all__ = ["Answer", "refused", "wrapped"]


@dataclass(frozen=True)
class Answer:
    """A result that needs more than the plain envelope."""

    result: object
    status: int = 200
    messages: tuple[str, ...] = ()


def wrapped(given: object) -> JSONResponse:
    """Return a result in the envelope of success."""
    answer = given if isinstance(given, Answer) else Answer(given)
    messages = [{"code": 10000, "message": text} for text in answer.messages]
    body = {"success": True, "errors": [], "messages": messages, "result": answer.result}
    return JSONResponse(body, answer.status)


def refused(error: RefusedError) -> JSONResponse:
    """Return an error in the envelope of failure."""
    problem = {"code": error.refusal.code, "message": str(error)}
    body = {"success": False, "errors": [problem], "messages": [], "result": None}
    return JSONResponse(body, error.refusal.status)
