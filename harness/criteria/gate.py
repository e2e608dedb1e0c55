"""Whether evidence is enough for a release: which criteria of which priorities lack it, and why.

A criterion of the gate `release` wants a pass on the very revision and image; one of the gate
`periodic` wants a pass that is at most a week old, made with the same harness, Worker,
workflows and checks of the project's own. What is missing counts as missing.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from pydantic import BaseModel, ConfigDict

from harness.criteria.catalog import Catalog, Criterion, Gate, Priority
from harness.criteria.checks import LONG
from harness.criteria.environment import Checkout, HarnessInfo
from harness.criteria.evidence import CriterionEvidence, Evidence
from harness.criteria.verdict import Verdict

__all__ = ["LONGEST", "Answer", "Release", "ask", "differences"]

LONGEST = timedelta(days=7)
"""How old evidence of a `periodic` criterion may be."""

_SHORT = 12


@dataclass(frozen=True)
class Release:
    """What is to be released.

    Attributes:
        checkout: Its sources, as they are now.
        harness: The harness that asks.
        digest: The image's digest or id; empty where no image is asked for.
        image: A name that it can be pulled by.
        now: The present, with its zone.
    """

    checkout: Checkout
    harness: HarnessInfo
    digest: str
    now: datetime
    image: str = ""


class Answer(BaseModel):
    """What the evidence says of one criterion that is required.

    Attributes:
        problem: Why it does not count as passed; empty if it does.
        command: What gathers the evidence that lacks; empty if none does.
        run: The run whose evidence decided.
    """

    model_config = ConfigDict(frozen=True)

    criterion: str
    gate: Gate
    problem: str
    command: str = ""
    run: str = ""


def ask(
    catalog: Catalog,
    priorities: Collection[Priority],
    found: Sequence[Evidence],
    release: Release,
    long: Container[str] = (),
) -> list[Answer]:
    """Answer for each criterion of these priorities, in the catalog's order.

    Args:
        catalog: The criteria, with their gates.
        priorities: Those that are required.
        found: The evidence of any number of runs, in any order.
        release: What it must be evidence of.
        long: The criteria whose evidence takes many minutes to gather.
    """
    ordered = sorted(found, key=lambda it: it.run.started, reverse=True)
    wanted = (it for it in catalog if it.priority in priorities)
    return [_answer(it, ordered, release, long=it.id in long) for it in wanted]


def _answer(
    criterion: Criterion, found: Sequence[Evidence], release: Release, *, long: bool
) -> Answer:
    refused: list[str] = []
    for evidence in found:
        verdict = next((it for it in evidence.criteria if it.id == criterion.id), None)
        if verdict is None or not verdict.was_judged:
            continue
        unfit = next(_unfit(criterion, evidence, release), "")
        if unfit:
            refused.append(unfit)
            continue
        problem, run = _complaint(criterion, verdict), evidence.run.id
        break
    else:
        problem, run = f"the newest evidence is {refused[0]}" if refused else "no evidence", ""
    command = _command(criterion, release, long=long) if problem else ""
    return Answer(
        criterion=criterion.id, gate=criterion.gate, problem=problem, command=command, run=run
    )


def _command(criterion: Criterion, release: Release, *, long: bool) -> str:
    """Return what gathers a criterion's evidence: on the image, where it must be of that."""
    on = f" --image {release.image}" if release.image and criterion.gate is Gate.RELEASE else ""
    more = f" --{LONG}" if long else ""
    return f"harness accept --criterion {criterion.id}{on}{more}"


def _complaint(criterion: Criterion, verdict: CriterionEvidence) -> str:
    if verdict.verdict is not Verdict.PASSED:
        return f"{verdict.verdict}: {verdict.reason}"
    return verdict.by_another_limit(criterion)


def _unfit(criterion: Criterion, evidence: Evidence, release: Release) -> Iterator[str]:
    """Yield what makes evidence no evidence of this release for a criterion."""
    if evidence.run.state == "running":
        yield "of a run that goes on"
    if evidence.harness.fingerprint != release.harness.fingerprint:
        yield "of another harness"
    for name in evidence.run.changed:
        if criterion.gate is Gate.RELEASE or name in {"harness", *release.checkout.parts}:
            yield f"of a run during which the {name} changed"
    if criterion.gate is Gate.RELEASE:
        yield from _not_this_revision(evidence, release)
    else:
        yield from _too_old_or_other(evidence, release)


def _not_this_revision(evidence: Evidence, release: Release) -> Iterator[str]:
    theirs, ours = evidence.project, release.checkout
    if theirs.revision != ours.revision:
        yield f"of another revision ({(theirs.revision or 'none')[:_SHORT]})"
    if theirs.revision is None:
        yield "of a checkout of which git knows no revision"
    elif theirs.dirty:
        yield f"of a checkout with {theirs.changed} changes on top of the revision"
    used = chain.from_iterable((it.id, it.reference) for it in evidence.images.values())
    # What was asked for counts too: some checks use no image, and enter none.
    images = (evidence.run.image, *used)
    if release.digest and not any(_same(release.digest, it) for it in images):
        yield "of another image"


def _same(digest: str, image: str) -> bool:
    return image == digest or image.endswith(f"@{digest}")


def _too_old_or_other(evidence: Evidence, release: Release) -> Iterator[str]:
    age = release.now - evidence.run.started
    if age > LONGEST:
        yield f"{age.days} days old"
    if age < -timedelta(minutes=5):
        yield "from the future"
    for name, fingerprint in release.checkout.parts.items():
        if evidence.project.parts.get(name) != fingerprint:
            yield f"of another {name.removesuffix('s')}"


def differences(base: Catalog, ours: Catalog) -> list[str]:
    """Return a line for each criterion that differs from the base branch's."""
    return list(_differences(base, ours))


def _differences(base: Catalog, ours: Catalog) -> Iterator[str]:
    for criterion in base:
        if criterion.id not in ours:
            yield f"{criterion.id}: removed"
            continue
        other = ours[criterion.id]
        changed = list(_changed(criterion, other))
        if changed:
            yield f"{criterion.id}: {'; '.join(changed)}"
    yield from (f"{it.id}: added" for it in ours if it.id not in base)


def _changed(base: Criterion, ours: Criterion) -> Iterable[str]:
    for name in Criterion.model_fields:
        before, after = getattr(base, name), getattr(ours, name)
        if before != after:
            yield f"{name} {before} → {after}"
