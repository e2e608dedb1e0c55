"""Made-up credentials in what outlives a run here: logs, evidence, reports, images' history."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

import httpx

from harness import envfile
from harness.acceptance import evidence_of
from harness.criteria.evidence import Evidence, EvidenceFile
from harness.criteria.facts.canary import Canaries
from harness.criteria.facts.gateway import GatewayError, open_gateway
from harness.criteria.facts.model import Facts
from harness.criteria.verdict import Verdict
from harness.docker.stack import Stack
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.pytest import artifacts
from harness.report import annotations, markdown, page
from harness.report.merged import Source, merge
from harness.scratch import scratch

__all__ = ["TraceFacts", "observe"]

_PATIENCE = 10.0


class TraceFacts(Facts):
    """Where credentials were looked for, after each had been used.

    Attributes:
        credentials: The credentials that had made-up values.
        sizes: How many letters were looked through, by place: the container's `log`, the images'
            `history`, the `artifacts` of a failure, the `evidence` and the `report`.
        found: The credentials that were there, by place.
    """

    credentials: tuple[str, ...]
    sizes: dict[str, int]
    found: dict[str, tuple[str, ...]]


def observe(stack: AcceptanceStack, project: Project) -> TraceFacts:
    """Use the credentials, rightly and wrongly, and look through what is kept.

    Args:
        stack: A stack of the checks' own, whose `.env.local` holds made-up values.
        project: The checkout, with evidence of a run.
    """
    canaries = Canaries(envfile.secrets_of(stack.project.root))
    _use(stack)
    places = {
        "log": stack.logs(),
        "history": "".join(_history(stack)),
        "artifacts": _artifacts(stack),
        **_reports(project, canaries),
    }
    return TraceFacts(
        credentials=canaries.names,
        sizes={place: len(text) for place, text in places.items()},
        found={place: canaries.seen_in(text) for place, text in places.items()},
    )


def _use(stack: Stack) -> None:
    """Come with the token in every way that there is; some of them are refused, and may be told."""
    token = stack.token
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"token={token}"}
    for url in (stack.gateway_url, stack.health_url):
        for path in ("/", "/no/such/path"):
            for given in ({}, headers):
                with suppress(httpx.HTTPError):
                    httpx.get(
                        f"{url}{path}",
                        params={"token": token},
                        headers=given,
                        timeout=_PATIENCE,
                        trust_env=False,
                    )
    with suppress(GatewayError), open_gateway(stack.project, stack.ports.gateway) as gateway:
        gateway.ask("no.such.method", {"token": token})


def _history(stack: AcceptanceStack) -> Iterator[str]:
    for image in (stack.images.base, stack.images.dev):
        found = stack.engine.client.images.get(image.image_id)
        yield json.dumps([found.history(), found.attrs], default=str)


def _artifacts(stack: Stack) -> str:
    with scratch("trace") as place:
        kept = artifacts.keep(stack, lambda name: place / name)
        return "\n".join(path.read_text(encoding="utf-8") for path in kept)


def _reports(project: Project, canaries: Canaries) -> Mapping[str, str]:
    """Let a check say every credential, and return what becomes of it."""
    evidence = _saying(Evidence.read(evidence_of(project) / "latest.json"), canaries)
    with scratch("trace") as place:
        file = EvidenceFile(place, "run")
        file.write(evidence)
        merged = merge([Source(file.path, evidence)])
        drawn = [page.render(merged, place), markdown.render(merged)]
        drawn += annotations.annotations(merged)
        return {"evidence": file.path.read_text(encoding="utf-8"), "report": "\n".join(drawn)}


def _saying(evidence: Evidence, canaries: Canaries) -> Evidence:
    said = {"verdict": Verdict.FAILED, "reason": f"it says {' '.join(canaries.values.values())}"}
    criteria = [it.model_copy(update=said) for it in evidence.criteria]
    return evidence.model_copy(update={"criteria": tuple(criteria)})
