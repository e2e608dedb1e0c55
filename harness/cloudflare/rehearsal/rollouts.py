"""Rollouts: how a new image reaches the instances of a container application, in steps."""

import asyncio
from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.applications import application
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.cloud import Cloud
from harness.cloudflare.rehearsal.marks import Mark, Permission, route
from harness.cloudflare.rehearsal.state import Application, Rollout

__all__ = ["resume"]

_ROLLOUTS = "/accounts/{account}/containers/applications/{application}/rollouts"
_ALL = 100.0
_DEFAULT_STEPS = [10.0, _ALL]


@route("GET", _ROLLOUTS, Mark.DOCUMENTED, Permission.CONTAINERS, "the rollouts, newest first")
async def list_rollouts(ask: Ask) -> object:
    """List an application's rollouts."""
    wanted = application(ask).id
    found = [each for each in ask.state.rollouts.values() if each.application == wanted]
    return [_described(each) for each in reversed(found)]


@route(
    "GET",
    f"{_ROLLOUTS}/{{rollout}}",
    Mark.DOCUMENTED,
    Permission.CONTAINERS,
    "a rollout with its steps and progress",
)
async def get_rollout(ask: Ask) -> object:
    """Describe a rollout."""
    found = ask.state.rollouts.get(ask.name("rollout"))
    if found is None or found.application != application(ask).id:
        raise refusals.NO_ROLLOUT.because()
    return _described(found)


@route(
    "POST",
    _ROLLOUTS,
    Mark.MEASURED,
    Permission.CONTAINERS,
    "starts a rollout; it goes on by itself, and replaces one that has not ended",
)
async def create(ask: Ask) -> object:
    """Start a rollout."""
    found, body = application(ask), await ask.json()
    _replace(ask.cloud, found)
    rollout = Rollout(
        application=found.id,
        kind=str(body.get("kind", "full_auto")),
        description=str(body.get("description", "")),
        before={"image": found.serving},
        target=body["target_configuration"],
        target_version=found.version,
        steps=_steps(body),
    )
    ask.state.rollouts[rollout.id] = rollout
    found.active_rollout = rollout.id
    await _go_on(ask.cloud, rollout)
    return _described(rollout)


async def resume(cloud: Cloud) -> None:
    """Go on with the rollouts that were on their way when the state was written."""
    for rollout in cloud.state.rollouts.values():
        if rollout.status == "progressing":
            await _go_on(cloud, rollout)


async def _go_on(cloud: Cloud, rollout: Rollout) -> None:
    """Take a rollout through its steps; in the background if they take any time."""
    if cloud.state.switches.step_seconds:
        cloud.begin(_walk(cloud, rollout))
    else:
        await _walk(cloud, rollout)


async def _walk(cloud: Cloud, rollout: Rollout) -> None:
    while rollout.status == "progressing" and rollout.step < len(rollout.steps):
        await asyncio.sleep(cloud.state.switches.step_seconds)
        await _step(cloud, rollout)


async def _step(cloud: Cloud, rollout: Rollout) -> None:
    """Take one step; one application has one instance here, which the last step replaces."""
    found = cloud.state.applications.get(rollout.application)
    if found is None or rollout.status != "progressing":
        return
    rollout.step += 1
    if rollout.step == len(rollout.steps):
        if not cloud.state.switches.lie:
            found.serving = str(rollout.target.get("image", found.serving))
        rollout.status, found.active_rollout = "completed", ""
        await cloud.show_application(found)


def _replace(cloud: Cloud, found: Application) -> None:
    active = cloud.state.rollouts.get(found.active_rollout)
    if active is not None:
        active.status = "replaced"


def _steps(body: dict[str, Any]) -> list[float]:
    """Return the shares after each step, from either way in which they can be given."""
    if body.get("steps"):
        return [float(each["step_size"]["percentage"]) for each in body["steps"]]
    each = float(body.get("step_percentage") or 0)
    if not each:
        return _DEFAULT_STEPS
    return [min(_ALL, each * step) for step in range(1, -int(-_ALL // each) + 1)]


def _described(rollout: Rollout) -> dict[str, Any]:
    return {
        **rollout.model_dump(include={"id", "created_at", "kind", "description", "status"}),
        "last_updated_at": rollout.created_at,
        "strategy": "rolling",
        "current_version": rollout.target_version - 1,
        "target_version": rollout.target_version,
        "current_configuration": rollout.before,
        "target_configuration": rollout.target,
        "health": {"instances": {"healthy": 1, "failed": 0, "starting": 0, "scheduling": 0}},
        "steps": [_step_described(rollout, index) for index in range(len(rollout.steps))],
        "progress": {
            "total_steps": len(rollout.steps),
            "current_step": rollout.step,
            "total_instances": 1,
            "updated_instances": int(rollout.status == "completed"),
        },
    }


def _step_described(rollout: Rollout, index: int) -> dict[str, Any]:
    status = "completed" if index < rollout.step else "pending"
    size = {"percentage": rollout.steps[index]}
    return {"id": index + 1, "status": status, "step_size": size, "description": ""}
