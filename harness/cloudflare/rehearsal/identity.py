"""Who asks: the token, its user, and the account."""

from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.envelope import Answer
from harness.cloudflare.rehearsal.marks import Mark, Permission, Route, route

__all__ = ["admit"]

_VERIFY = ("/user/tokens/verify", "/accounts/{account}/tokens/verify")


def admit(ask: Ask, asked: Route) -> None:
    """Let a call through if its token is valid and may do this in this account.

    Raises:
        RefusedError: It may not.
    """
    if asked.needs is Permission.SESSION:
        return
    token = ask.state.token
    given = ask.request.headers.get("authorization", "").removeprefix("Bearer ")
    if given != token.value or token.status != "active":
        verifying = asked.path in _VERIFY
        raise (refusals.INVALID_TOKEN if verifying else refusals.INVALID_ACCESS).because()
    if ask.request.path_params.get("account", ask.state.account) != ask.state.account:
        raise refusals.FOREIGN_ACCOUNT.because()
    if asked.needs is not Permission.NONE and asked.needs not in token.permissions:
        containers = asked.needs is Permission.CONTAINERS
        raise (refusals.CONTAINERS_NOT_ALLOWED if containers else refusals.NOT_ALLOWED).because()


@route("GET", "/user/tokens/verify", Mark.DOCUMENTED, Permission.NONE, "the token's id and status")
async def verify(ask: Ask) -> object:
    """Tell a valid token its id."""
    token = ask.state.token
    return Answer(
        {"id": token.id, "status": token.status}, messages=("This API Token is valid and active",)
    )


@route(
    "GET",
    "/accounts/{account}/tokens/verify",
    Mark.DOCUMENTED,
    Permission.NONE,
    "the same for a token that the account owns",
)
async def verify_owned(ask: Ask) -> object:
    """Tell a valid token its id."""
    return await verify(ask)


@route("GET", "/user", Mark.DOCUMENTED, Permission.NONE, "a user without a name")
async def user(ask: Ask) -> object:
    """Return the user that the token belongs to."""
    return {"id": ask.state.token.id, "email": "rehearsal@example.com"}


@route("GET", "/accounts", Mark.DOCUMENTED, Permission.ACCOUNT, "the one account")
async def accounts(ask: Ask) -> object:
    """List the accounts."""
    return [_account(ask)]


@route("GET", "/memberships", Mark.DOCUMENTED, Permission.ACCOUNT, "the one account")
async def memberships(ask: Ask) -> object:
    """List the accounts that the user is a member of."""
    return [{"id": ask.state.token.id, "status": "accepted", "account": _account(ask)}]


@route("GET", "/accounts/{account}", Mark.DOCUMENTED, Permission.ACCOUNT, "its id and name")
async def account(ask: Ask) -> object:
    """Describe the account."""
    return _account(ask)


def _account(ask: Ask) -> dict[str, Any]:
    return {"id": ask.state.account, "name": "Rehearsal", "type": "standard"}
