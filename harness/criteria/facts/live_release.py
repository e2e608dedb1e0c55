"""What users get while real containers are replaced by releases, healthy ones and broken ones."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import httpx

from harness.cloudflare.rehearsal import Status
from harness.criteria.facts.model import Facts
from harness.criteria.facts.user_traffic import Answers, user_traffic
from harness.engine.model import Engine
from harness.fixtures.live_releases import LiveReleases, live_releases
from harness.project import Project

__all__ = ["FAULTS", "HEALTHY", "LiveReleaseFacts", "LiveRun", "SeenBy", "observe"]

_WORKER = "deploy/cloudflare/src/worker.ts"
_SETTINGS = "deploy/cloudflare/wrangler.jsonc"
_FETCH = "async fetch(request, env): Promise<Response> {\n"


class SeenBy(StrEnum):
    """Who can see first what is wrong with a release."""

    NOBODY = "nothing is wrong"
    STAGING = "staging, or what comes before it"
    ZERO = "a stage at 0 %"
    USERS = "users of production"


_DEADLINES = {SeenBy.NOBODY: 90, SeenBy.STAGING: 20, SeenBy.ZERO: 30, SeenBy.USERS: 60}
"""Seconds that a release is given to answer well: what is well takes as many as it needs on a busy
machine, and what is ill takes them all."""


class LiveRun(Facts):
    """One release.

    Attributes:
        what: What was released.
        seen_by: Who can see first what is wrong with it.
        status: What the command ended with.
        said: Its last line.
        health: What those got who asked the health route of production.
        requests: What those got who asked its gateway.
        sockets: What those got who opened WebSockets there.
        restored: Whether production was in the end exactly what it was.
    """

    what: str
    seen_by: SeenBy
    status: int
    said: str
    health: Answers
    requests: Answers
    sockets: Answers
    restored: bool

    @property
    def ways(self) -> dict[str, Answers]:
        """What users got, by the way in which they asked."""
        return {"health": self.health, "requests": self.requests, "WebSockets": self.sockets}


class LiveReleaseFacts(Facts):
    """A release for each thing that was tried."""

    stand_ins = ("Cloudflare",)

    runs: tuple[LiveRun, ...]


Prepare = Callable[[LiveReleases], str]
"""Prepares a release, and returns the image to release."""


def observe(
    project: Project, engine: Engine, tried: Sequence[str] | None = None
) -> LiveReleaseFacts:
    """Release in every way, while users of production ask all the time.

    Args:
        project: The checkout.
        engine: Where the containers run.
        tried: The names of what is released; everything if it is None.
    """
    known = {**HEALTHY, **FAULTS}
    with live_releases(project, engine) as made:
        first = made.deploy(made.image())
        if not first.ok:
            raise RuntimeError(f"the first release failed: {first.stderr}")
        runs = [_run(made, what, *known[what]) for what in tried or known]
    return LiveReleaseFacts(runs=tuple(runs))


def _run(made: LiveReleases, what: str, seen_by: SeenBy, prepare: Prepare) -> LiveRun:
    before, of = made.served("production"), _answering(made)
    sources = {it: (made.project.root / it).read_bytes() for it in (_WORKER, _SETTINGS)}
    image = prepare(made)
    with user_traffic(made.account.cloud.url("loa-production"), made.token) as seen:
        done = made.deploy(image, "--deadline", str(_DEADLINES[seen_by]))
    made.account.cloud.faults.clear()
    for name, content in sources.items():
        (made.project.root / name).write_bytes(content)
    expected = None if seen_by is SeenBy.NOBODY else of
    return LiveRun(
        what=what,
        seen_by=seen_by,
        status=done.status,
        said="" if done.ok else (done.stderr.splitlines() or [""])[-1],
        health=Answers.of(seen.health, expected),
        requests=Answers.of(seen.requests, expected and expected[1:]),
        sockets=Answers.of(seen.sockets),
        restored=before.is_same(made.served("production")),
    )


def _answering(made: LiveReleases) -> tuple[str, str]:
    """Return the Worker version and image revision that production says it is."""
    url = f"{made.account.cloud.url('loa-production')}/health"
    said = httpx.get(url, timeout=60, trust_env=False).json()
    return said["version"], said["revision"]


def _refused_as_it_is_loaded(made: LiveReleases) -> str:
    export = "export { LoaContainer }"
    made.edit(_WORKER, export, f'throw new Error("bad code");\n{export}')
    return made.same_image()


def _ill_in_production(made: LiveReleases) -> None:
    """Have the Worker say that its gateway is stopped, and serve nobody, in production alone."""
    name = '"name": "loa-production",\n'
    made.edit(_SETTINGS, name, f'{name}"vars": {{ "ILL": "yes" }},\n')
    said = '{ version: env.VERSION.id, revision: "none", image: "none", gateway: "stopped" }'
    ill = f'if ("ILL" in env) return Response.json({said}, {{ status: 500 }});\n'
    made.edit(_WORKER, _FETCH, _FETCH + ill)


def _ill_code(made: LiveReleases) -> str:
    _ill_in_production(made)
    return made.same_image()


def _ill_code_and_new_image(made: LiveReleases) -> str:
    _ill_in_production(made)
    return made.image()


def _cron(made: LiveReleases) -> str:
    faults = made.account.cloud.faults
    faults.inject("PUT */loa-production/schedules", Status(400), times=None)
    return made.image()


HEALTHY: dict[str, tuple[SeenBy, Prepare]] = {
    "a new image": (SeenBy.NOBODY, lambda made: made.image()),
    "code alone": (SeenBy.NOBODY, lambda made: made.same_image()),
}
"""Releases that are well."""

FAULTS: dict[str, tuple[SeenBy, Prepare]] = {
    "an image that crashes as it starts": (SeenBy.STAGING, lambda made: made.image("crashing")),
    "an image that serves another revision": (SeenBy.STAGING, lambda made: made.image("lying")),
    "an image whose layer does not load": (SeenBy.STAGING, lambda made: made.image("broken")),
    "an image that is not there": (SeenBy.STAGING, lambda made: made.missing()),
    "a Worker that does not load": (SeenBy.STAGING, _refused_as_it_is_loaded),
    "code that is ill in production alone": (SeenBy.ZERO, _ill_code),
    "the same, with a new image": (SeenBy.USERS, _ill_code_and_new_image),
    "a cron trigger that production refuses": (SeenBy.USERS, _cron),
}
"""Releases that are not, and who can see it first."""
