"""FR-6.1, FR-6.2, FR-6.3 and FR-6.5: what the production image holds."""

import re
from collections.abc import Iterator, Mapping

from harness.criteria.facts.framework import FrameworkFacts
from harness.criteria.facts.in_image import Ran
from harness.criteria.facts.python_tool import PythonToolFacts
from harness.criteria.facts.rust_tool import RustToolFacts
from harness.criteria.facts.size import SizeFacts
from harness.criteria.facts.stage_use import StageUseFacts
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["framework", "python_stage", "python_tools", "rust_stage", "rust_tools", "size"]

_LEAST_NODE = 22
_VERSION = re.compile(r"\d+\.\d+")
# Two ways to say one thing must come out nearer than two things; models differ in how much.
_DISTANCE = 0.2


@judges("FR-6.1")
def rust_stage(facts: StageUseFacts) -> Judgement:
    """The image takes files from a stage of the PRD's name."""
    return _needs(facts, "rust-builder")


@judges("FR-6.2")
def python_stage(facts: StageUseFacts) -> Judgement:
    """The image takes files from a stage of the PRD's name."""
    return _needs(facts, "python-builder")


def _needs(facts: StageUseFacts, stage: str) -> Judgement:
    if stage in (it.lower() for it in facts.stages):
        return Judgement.of()
    others = ", ".join(facts.stages)
    return Judgement.of([f"{facts.file}: the image is built without a stage {stage}, of {others}"])


@judges("FR-6.1")
def rust_tools(facts: RustToolFacts) -> Judgement:
    """`ck` says its version and searches; `br` makes an issue and lists it."""
    ran = {"ck": facts.ck, "a search": facts.search, "br": facts.br, "a list": facts.issues}
    return _without_end(ran) or Judgement.of(list(_wrong_rust_tools(facts)))


def _wrong_rust_tools(facts: RustToolFacts) -> Iterator[str]:
    for name, ran in (("ck", facts.ck), ("br", facts.br)):
        yield from _unversioned(name, ran)
    word, file = facts.wanted
    if not word:
        yield "grimoires/ holds no document to search in"
    elif facts.search.status != 0:
        yield f"ck ends with {facts.search.status} on a search: {_last(facts.search)}"
    elif file not in facts.search.said or word not in facts.search.said:
        yield f"ck does not find {word} in {file}"
    if facts.issues.status != 0:
        yield f"br ends with {facts.issues.status}: {_last(facts.issues)}"
    elif facts.title not in facts.issues.said:
        yield "br does not list the issue that it made"


@judges("FR-6.2")
def python_tools(facts: PythonToolFacts) -> Judgement:
    """Both packages import, and embeddings tell the same from another thing; no CUDA."""
    if facts.imports.status == 0 and facts.embedding.status == 0 and facts.model is None:
        return Judgement.unverified("the image holds no model to compute an embedding with")
    ran = {"the imports": facts.imports, "the embedding": facts.embedding}
    return _without_end(ran) or Judgement.of(list(_wrong_python_tools(facts)))


def _wrong_python_tools(facts: PythonToolFacts) -> Iterator[str]:
    if facts.imports.status != 0:
        yield f"the packages do not import: {_last(facts.imports)}"
    if facts.embedding.status != 0:
        yield f"no embedding is computed: {_last(facts.embedding)}"
    elif not facts.length:
        yield "the embedding holds no number"
    elif facts.near - facts.far < _DISTANCE:
        yield f"one thing said twice is no nearer ({facts.near:.2f}) than two ({facts.far:.2f})"
    if facts.libraries:
        yield f"the image holds {facts.libraries} libraries of CUDA, which nothing there can use"


@judges("FR-6.3")
def framework(facts: FrameworkFacts) -> Judgement:
    """Node and the gateway run, and the identity layer answers."""
    ran = {"node": facts.node, "clawdbot": facts.gateway}
    return _without_end(ran) or Judgement.of(list(_wrong_framework(facts)))


def _wrong_framework(facts: FrameworkFacts) -> Iterator[str]:
    yield from _unversioned("node", facts.node)
    major = re.match(r"v?(\d+)", facts.node.said)
    if major and int(major[1]) < _LEAST_NODE:
        yield f"node is {facts.node.said}, {_LEAST_NODE} is needed"
    yield from _unversioned("clawdbot", facts.gateway)
    if not facts.healthy:
        yield f"the container does not get healthy: {(facts.said.splitlines() or [''])[-1]}"
    elif not facts.layer:
        yield "the identity layer does not answer"


@judges_limit("FR-6.5", "size")
def size(facts: SizeFacts, limit: Quantity) -> Judgement:
    """All layers together are small, on disk, and as they are pulled where that is known."""
    measured = [Measurement.of("uncompressed", Quantity(facts.uncompressed, "B"), limit)]
    if facts.compressed is not None:
        measured.append(Measurement.of("compressed", Quantity(facts.compressed, "B"), limit))
    problems = [] if facts.layers else ["the image has no layer"]
    return Judgement.of(problems, measurements=measured)


def _without_end(ran: Mapping[str, Ran]) -> Judgement | None:
    """Return that nothing can be said, where a program did not end in its time."""
    names = [name for name, it in ran.items() if it.status is None]
    return Judgement.unverified(f"did not end: {', '.join(names)}") if names else None


def _unversioned(name: str, ran: Ran) -> Iterator[str]:
    if ran.status != 0:
        yield f"{name} ends with {ran.status} when asked for its version: {_last(ran)}"
    elif not _VERSION.search(ran.said):
        yield f"{name} says no version"


def _last(ran: Ran) -> str:
    return (ran.said.splitlines() or ["it said nothing"])[-1]
