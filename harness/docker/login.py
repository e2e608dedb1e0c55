"""A registry's credentials for as long as they are needed, in a DOCKER_CONFIG of their own.

What the user is logged in to is never changed, and read only where it is to count beside another
login; no credential stands in a command line.
"""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from harness.console import log
from harness.engine import clients
from harness.scratch import scratch

__all__ = ["host_of", "is_logged_in", "logged_in", "login", "takes_token"]

_USER, _TOKEN = "GITHUB_ACTOR", "GITHUB_TOKEN"
_GITHUB, _LOCAL = "ghcr.io", "localhost"
_VARIABLE = "DOCKER_CONFIG"
_HELPERS = "credHelpers"
_STORE = "credsStore"
# A store for all logins would be asked in place of the one that is made here, so it is left out.
_LOGINS = ("auths", _HELPERS)
_HUB, _HUB_ACCOUNT = "docker.io", "https://index.docker.io/v1/"


@contextmanager
def logged_in(reference: str) -> Iterator[None]:
    """Be logged in to an image's registry as the CI job is, in this block.

    With GITHUB_TOKEN set, everything that is started and every engine that is found in the block
    uses it and GITHUB_ACTOR with GitHub's registry. For any other one, and without a token, the
    user's own logins count.
    """
    token, host = os.environ.get(_TOKEN, ""), host_of(reference)
    if not (token and takes_token(host)):
        yield
        return
    with login(host, os.environ.get(_USER) or "token", token, others=True):
        yield


def takes_token(host: str) -> bool:
    """Whether GITHUB_TOKEN is for a registry: for GitHub's, or what stands in for it on loopback.

    Any other one would be shown what opens the repository.
    """
    with suppress(ValueError):
        name = urlsplit(f"//{host}").hostname or ""
        return name in {_GITHUB, _LOCAL} or ip_address(name).is_loopback
    return False


@contextmanager
def login(host: str, user: str, password: str, *, others: bool = False) -> Iterator[None]:
    """Be logged in to a registry in this block, and to no other unless that is asked for.

    Args:
        host: The registry, as image references name it.
        user: Whom it knows.
        password: Never printed, and on disk only in this block, for its owner alone.
        others: Keep the logins to other registries that count outside of the block.
    """
    log.protect(password)
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    log.protect(secret)
    account = _account(host)
    settings = _user_settings(_LOGINS if others else ())
    helpers = {**_of_store(), **settings.pop(_HELPERS, {})} if others else {}
    helpers.pop(account, None)
    settings |= {"auths": {**settings.get("auths", {}), account: {"auth": secret}}}
    settings |= {_HELPERS: helpers} if helpers else {}
    with scratch("login") as place:
        for part in ("contexts", "cli-plugins", "buildx"):
            if (clients.user_config() / part).exists():
                (place / part).symlink_to(clients.user_config() / part)
        (place / "config.json").touch(mode=0o600)
        (place / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        try:
            with _environment(_VARIABLE, str(place)):
                yield
        finally:
            clients.forget(place)


def host_of(reference: str) -> str:
    """Return the registry that an image's name leads to."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else _HUB


def is_logged_in(reference: str) -> bool:
    """Whether something is known to show to an image's registry; a store is not looked into."""
    said = _said()
    account = _account(host_of(reference))
    return bool(said.get(_STORE)) or any(account in (said.get(it) or {}) for it in _LOGINS)


def _account(host: str) -> str:
    return _HUB_ACCOUNT if host == _HUB else host


def _user_settings(logins: Sequence[str]) -> dict[str, Any]:
    """Return what of the user's settings says where engine and plugins are, and these on top."""
    said = _said()
    kept = ("currentContext", "cliPluginsExtraDirs", "proxies", *logins)
    return {key: said[key] for key in kept if key in said}


def _of_store() -> dict[str, str]:
    """Return the store as a helper for each registry that it has a login to, and for no other."""
    said = _said()
    store = said.get(_STORE)
    return dict.fromkeys(said.get("auths") or {}, store) if store else {}


def _said() -> dict[str, Any]:
    try:
        said = json.loads((clients.user_config() / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
