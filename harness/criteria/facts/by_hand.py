"""`make deploy-cf`: what it asks, changes and restores, in which order."""

import os
import sys
from collections.abc import Iterable

from harness import process
from harness.cloudflare.rehearsal import Call
from harness.criteria.facts.developer import make
from harness.criteria.facts.model import Facts
from harness.fixtures.releases import Releases, releases
from harness.make import Makefile
from harness.process import Completed
from harness.project import Project

__all__ = ["ByHandFacts", "ByHandRun", "observe"]

TARGET = "deploy-cf"
_PATIENCE = 300.0
_NO_TARGET = 2  # what make itself ends with then
# What is well takes as long as it needs on a busy machine; what is ill takes all of it.
_OF_WELL, _OF_ILL = "60", "5"


class ByHandRun(Facts):
    """One call of the target.

    Attributes:
        status: What it ended with.
        said: Its last line but make's own.
        steps: What was done at the account: `ask`, `record`, `staging`, `production`, each once for
            a run of calls of its kind.
        served: Whether both environments serve the new image.
        restored: Whether production serves what it served before.
    """

    status: int
    said: str
    steps: tuple[str, ...]
    served: bool
    restored: bool


class ByHandFacts(Facts):
    """A release that is well, and one that fails in production."""

    stand_ins = ("Cloudflare",)

    well: ByHandRun
    failed: ByHandRun


def observe(project: Project) -> ByHandFacts:
    """Call the target twice on an account of its own, if there is one to call."""
    if not Makefile(project.root).has(TARGET):
        told = f"make has no target {TARGET}"
        none = ByHandRun(status=_NO_TARGET, said=told, steps=(), served=False, restored=True)
        return ByHandFacts(well=none, failed=none)
    with releases(project) as made:
        well = _run(made, made.image(name="first"), _OF_WELL)
        image = made.image(name="second")
        made.dies_in_production(image)
        return ByHandFacts(well=well, failed=_run(made, image, _OF_ILL))


def _run(made: Releases, image: str, deadline: str) -> ByHandRun:
    before, calls = made.served("production"), made.account.cloud.calls
    first = len(calls)
    done = _make(made, image, deadline)
    now = [made.served(name) for name in ("staging", "production")]
    digest = image.rpartition("@")[2]
    errors = [it for it in done.stderr.splitlines() if not it.startswith("make")]
    return ByHandRun(
        status=done.status,
        said=errors[-1] if errors else "",
        steps=tuple(_steps(calls[first:])),
        served=all(it.is_whole and it.running.endswith(digest) for it in now),
        restored=before.is_same(now[1]),
    )


def _make(made: Releases, image: str, deadline: str) -> Completed:
    unset = [f"--unset={it}" for it in os.environ if it.startswith(("GITHUB_", "MAKE"))]
    return process.run(
        ["env", *unset, *make(TARGET)],
        env={
            **made.account.environment,
            "VENV": sys.prefix,
            "LOA_IMAGE": image,
            "LOA_DEADLINE": deadline,
        },
        cwd=made.project.root,
        timeout=_PATIENCE,
        check=False,
    )


def _steps(calls: Iterable[Call]) -> list[str]:
    steps: list[str] = []
    for call in calls:
        step = _step(call)
        if step and (not steps or steps[-1] != step):
            steps.append(step)
    return steps


def _step(call: Call) -> str:
    changes = call.method not in {"GET", "HEAD"} and not call.path.endswith("/credentials")
    if not changes:
        return "ask" if "/accounts/" in call.path else ""
    if "/releases/" in call.path:
        return "record"
    return next((it for it in ("staging", "production") if f"loa-{it}" in call.path), "")
