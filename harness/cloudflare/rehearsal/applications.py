"""Container applications: the image and size of what runs behind a Worker."""

from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.state import Application

__all__ = ["application"]

_APPLICATIONS = "/accounts/{account}/containers/applications"
_APPLICATION = f"{_APPLICATIONS}/{{application}}"


@route("GET", _APPLICATIONS, Mark.MEASURED, Permission.CONTAINERS, "the applications")
async def list_applications(ask: Ask) -> object:
    """List the applications, by name if one is asked for."""
    name = ask.query("name")
    found = ask.state.applications.values()
    return [_described(ask, each) for each in found if name in {"", each.name}]


@route("POST", _APPLICATIONS, Mark.MEASURED, Permission.CONTAINERS, "a new application, at once")
async def create(ask: Ask) -> object:
    """Make an application; its first instances run its image without a rollout."""
    body = await ask.json()
    namespace = body.get("durable_objects", {}).get("namespace_id", "")
    taken = {each.namespace for each in ask.state.applications.values()}
    if namespace in taken:
        raise refusals.APPLICATION_IS_THERE.because()
    new = Application(body=body, serving=body["configuration"]["image"])
    ask.state.applications[new.id] = new
    await ask.cloud.show_application(new)
    return _described(ask, new)


@route("GET", _APPLICATION, Mark.DOCUMENTED, Permission.CONTAINERS, "an application")
async def get(ask: Ask) -> object:
    """Describe an application."""
    return _described(ask, application(ask))


@route(
    "PATCH",
    _APPLICATION,
    Mark.MEASURED,
    Permission.CONTAINERS,
    "changes the configuration; running instances keep theirs until a rollout",
)
async def modify(ask: Ask) -> object:
    """Change what new instances are to run."""
    found = application(ask)
    changes = {key: value for key, value in (await ask.json()).items() if value is not None}
    configuration = found.body["configuration"] | changes.pop("configuration", {})
    found.body = found.body | changes | {"configuration": configuration}
    found.version += 1
    return _described(ask, found)


@route("DELETE", _APPLICATION, Mark.DOCUMENTED, Permission.CONTAINERS, "removes an application")
async def delete(ask: Ask) -> object:
    """Remove an application and its instances."""
    found = application(ask)
    del ask.state.applications[found.id]
    await ask.cloud.show_application(found)
    return {}


def application(ask: Ask) -> Application:
    """Return the application that the path names.

    Raises:
        RefusedError: There is none.
    """
    found = ask.state.applications.get(ask.name("application"))
    if found is None:
        raise refusals.NO_APPLICATION.because()
    return found


def _described(ask: Ask, found: Application) -> dict[str, Any]:
    rollout = ask.state.rollouts.get(found.active_rollout)
    stuck = rollout is not None and rollout.status == "progressing"
    instances = {"healthy": 1, "failed": 0, "starting": int(stuck), "scheduling": 0}
    return {
        **found.body,
        "id": found.id,
        "account_id": ask.state.account,
        "created_at": found.created_at,
        "version": found.version,
        "active_rollout_id": found.active_rollout or None,
        "health": {"instances": instances},
    }
