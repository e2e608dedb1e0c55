"""The routes: the documented ones of GitHub's REST API, version 2022-11-28, as far as asked for.

What it checks is documented: the token, a commit that exists, a status's state and length. Nothing
was compared with GitHub itself.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from harness.github.rehearsal.state import Call, State

__all__ = ["application"]

_STATES = frozenset({"error", "failure", "pending", "success"})
_LONGEST = 140
_LONGEST_COMMENT = 65_536
_PAGE = 30

Answer = Callable[[State, Request, Any], Response]


def application(state: State, repository: str) -> Starlette:
    """Return the API of one repository.

    Args:
        state: What it knows, and where it notes what it was asked.
        repository: Owner and name.
    """
    at = f"/repos/{repository}"
    routes = [
        _route(state, "POST", f"{at}/statuses/{{sha}}", _status),
        _route(state, "GET", f"{at}/commits/{{sha}}/pulls", _pulls),
        _route(state, "GET", f"{at}/issues/{{number:int}}/comments", _comments),
        _route(state, "POST", f"{at}/issues/{{number:int}}/comments", _comment),
        _route(state, "PATCH", f"{at}/issues/comments/{{id:int}}", _rewrite),
        _route(state, "GET", f"{at}/actions/artifacts", _artifacts),
        _route(state, "GET", f"{at}/actions/artifacts/{{id:int}}/zip", _archive),
        Route("/blobs/{id:int}", lambda request: _blob(state, request)),
    ]
    return Starlette(routes=routes)


def _route(state: State, method: str, path: str, answer: Answer) -> Route:
    async def endpoint(request: Request) -> Response:
        body = json.loads(await request.body() or "null")
        found = _answered(state, request, body, answer)
        state.calls.append(Call(method, request.url.path, found.status_code, body))
        return found

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(path, handler, methods=[method])


def _answered(state: State, request: Request, body: object, answer: Answer) -> Response:
    if request.headers.get("Authorization") != f"Bearer {state.token}":
        return _refused(401, "Bad credentials")
    for fault in state.faults:
        if fault.strikes(request.method, request.url.path):
            if fault.done:
                answer(state, request, body)
            return _refused(fault.status, "Made to fail")
    return answer(state, request, body)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)


def _status(state: State, request: Request, body: Any) -> Response:  # noqa: ANN401 -- JSON
    sha = request.path_params["sha"]
    if sha not in state.commits:
        return _refused(422, f"No commit found for SHA: {sha}")
    if body.get("state") not in _STATES or len(body.get("description") or "") > _LONGEST:
        return _refused(422, "Validation Failed")
    state.statuses.setdefault(sha, []).append(body)
    return JSONResponse(body, 201)


def _pulls(state: State, request: Request, _: object) -> Response:
    sha = request.path_params["sha"]
    if sha not in state.commits:
        return _refused(422, f"No commit found for SHA: {sha}")
    return JSONResponse([{"number": it} for it in state.commits[sha]])


def _comments(state: State, request: Request, _: object) -> Response:
    found = state.comments.get(request.path_params["number"], [])
    size = int(request.query_params.get("per_page", _PAGE))
    page = int(request.query_params.get("page", 1))
    more = len(found) > page * size
    following = request.url.include_query_params(page=page + 1)
    headers = {"Link": f'<{following}>; rel="next"'} if more else {}
    return JSONResponse(found[(page - 1) * size : page * size], headers=headers)


def _comment(state: State, request: Request, body: Any) -> Response:  # noqa: ANN401 -- JSON
    if len(body["body"]) > _LONGEST_COMMENT:
        return _refused(422, "Validation Failed")
    number = max((it["id"] for every in state.comments.values() for it in every), default=0) + 1
    found = {"id": number, "user": {"login": state.login}, "body": body["body"]}
    state.comments.setdefault(request.path_params["number"], []).append(found)
    return JSONResponse(found, 201)


def _rewrite(state: State, request: Request, body: Any) -> Response:  # noqa: ANN401 -- JSON
    every = (it for found in state.comments.values() for it in found)
    wanted = next((it for it in every if it["id"] == request.path_params["id"]), None)
    if wanted is None:
        return _refused(404, "Not Found")
    wanted["body"] = body["body"]
    return JSONResponse(wanted)


def _artifacts(state: State, request: Request, _: object) -> Response:
    name = request.query_params.get("name")
    found = [it for it, _ in state.artifacts if name in {None, it["name"]}]
    return JSONResponse({"total_count": len(found), "artifacts": found})


def _archive(_: State, request: Request, __: object) -> Response:
    # The archive itself is elsewhere, where the token has no business.
    return RedirectResponse(request.url.replace(path=f"/blobs/{request.path_params['id']}"), 302)


def _blob(state: State, request: Request) -> Response:
    wanted = request.path_params["id"]
    if "Authorization" in request.headers:
        return _refused(400, "The token was sent to the storage")
    return next(Response(data) for it, data in state.artifacts if it["id"] == wanted)
