"""Made-up credentials in what a release leaves behind: logs, records, what others are told."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from pydantic import Field

from harness.cloudflare.packages import install_packages
from harness.cloudflare.rehearsal.image import rehearsal_image
from harness.cloudflare.rehearsal.state import State, UploadedVersion
from harness.cloudflare.settings import Settings
from harness.criteria.facts.canary import Canaries
from harness.criteria.facts.credential import local_names
from harness.criteria.facts.model import Facts
from harness.docker.forget import forget_owned
from harness.engine.model import Engine
from harness.envfile import TOKEN
from harness.errors import ImageError
from harness.fixtures.pushes import Pushes
from harness.fixtures.worker_at_work import Ask, AtWork, Behind, at_work
from harness.owner import Owner
from harness.project import Project

__all__ = ["DeployedTraceFacts", "asks", "observe", "records"]

_PATHS = ("/", "/health", "/no/such/path", "/admin/status")
_OBJECTS = "durable_object_namespace"
_NEVER = AtWork(lines=(), answers=(), served=False)


class DeployedTraceFacts(Facts):
    """Where credentials were looked for, after a push had used each.

    Attributes:
        workflow: The workflow that deploys; empty where there is none.
        beyond: Why it was not run; empty where it was.
        credentials: The credentials that had made-up values.
        sizes: How many letters were looked through, by place: the `worker`'s log, that of the
            `jobs`, the `record` of releases, what GitHub is `told`, and what runs `kept`.
        found: The credentials that were there, by place.
        served: Whether the Worker was asked while the container behind it ran, too.
    """

    stand_ins = ("GitHub", "Cloudflare")

    workflow: str
    beyond: str
    credentials: tuple[str, ...] = ()
    sizes: Mapping[str, int] = Field(default_factory=dict)
    found: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    served: bool = False


def observe(pushed: Pushes, project: Project, workflow: str, engine: Engine) -> DeployedTraceFacts:
    """Look through all that the pushes so far have left, and let the Worker work for its log.

    Args:
        pushed: Where something was pushed to.
        project: The checkout, whose image is whole.
        workflow: What deploys there.
        engine: Where the Worker's container runs.
    """
    local = Canaries.made_up(it for it in local_names(project) if it != TOKEN)
    canaries = Canaries(pushed.credentials) | local
    work = _work(pushed, project, canaries, engine)
    state = pushed.account.cloud.state
    places: dict[str, str | bytes] = {
        "worker": "\n".join(work.lines),
        "jobs": "\n".join(pushed.logs),
        "record": records(state, pushed.project.config.cloudflare.state),
        "told": json.dumps([pushed.github.state.statuses, pushed.github.state.comments]),
        "kept": _kept(pushed.artifacts),
    }
    return DeployedTraceFacts(
        workflow=workflow,
        beyond="",
        credentials=canaries.names,
        sizes={place: len(text) for place, text in places.items()},
        found={place: canaries.seen_in(text) for place, text in places.items()},
        served=work.served,
    )


def records(state: State, bucket: str) -> str:
    """Return all that an account shows of releases: its record, versions, containers, rollouts.

    Only the values of secrets are left out, which no answer of Cloudflare's holds.
    """
    shelf = state.buckets[bucket].objects.values()
    shown = {"workers": True, "applications": True, "rollouts": True}
    secret = {"workers": {"__all__": {"versions": {"__all__": {"secrets"}}}}}
    rest = state.model_dump_json(include=shown, exclude=secret)
    return "\n".join([*(it.content.decode(errors="replace") for it in shelf), rest])


def asks(credentials: Mapping[str, str]) -> list[Ask]:
    """Return requests with every credential in the query, and the token in right and wrong ways."""
    token, query = credentials[TOKEN], urlencode(credentials)
    ways: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"Basic {token}", "Cookie": f"token={token}"},
    )
    return [Ask(path=f"{path}?{query}", headers=headers) for path in _PATHS for headers in ways]


def _work(pushed: Pushes, project: Project, canaries: Canaries, engine: Engine) -> AtWork:
    """Execute what serves in production now, with a secret for each credential."""
    worker = pushed.account.cloud.state.workers.get(pushed.account.worker)
    live = worker.live() if worker else []
    if not live:
        return _NEVER
    secrets = {name: it for name, it in canaries.values.items() if name.isidentifier()}
    version = live[0][0].model_copy(update={"secrets": secrets})
    settings = Settings.read(pushed.project, pushed.project.config.cloudflare.production)
    install_packages(settings.directory)
    try:
        return at_work(
            version,
            _behind(project, version, engine),
            asks(canaries.values),
            packages=settings.directory,
            host=engine.host,
        )
    finally:
        forget_owned(engine, lambda owner: str(owner) == str(Owner.me()))


def _behind(project: Project, version: UploadedVersion, engine: Engine) -> Behind:
    """Return a small container with the checkout's own gateway, or none where it has no such."""
    objects = [it["class_name"] for it in version.bindings if it["type"] == _OBJECTS]
    name = objects[0] if objects else ""
    try:
        image = rehearsal_image(project, engine, "at-work")
    except ImageError:
        return Behind(image="none", class_name=name, seconds=0)
    return Behind(image=image, class_name=name)


def _kept(artifacts: Path) -> bytes:
    return b"\n".join(it.read_bytes() for it in sorted(artifacts.rglob("*")) if it.is_file())
