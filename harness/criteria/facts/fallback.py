"""What happens where the published image cannot be had."""

import re

from harness.criteria.facts.checkout import fresh_copy
from harness.criteria.facts.dev_call import dev_calls
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.markdown import documents
from harness.criteria.facts.model import Facts
from harness.criteria.facts.renamed_image import rename_image
from harness.engine.model import Engine
from harness.ports import free_port
from harness.project import Project

__all__ = ["FallbackFacts", "observe", "tells_of_fallback"]

_PATIENCE = 900.0
# What a paragraph speaks of if it tells of the fallback, in whatever words.
_SUBJECTS = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"\b(pull\w*|registry|ghcr|published|pre-?built)\b",
        r"\b(buil[dt]s?|building)\b",
        r"\b(can\s?not|can't|not|without|unavailable|unreachable|missing|fails?|fall\w*|else|instead)\b",
    )
)


class FallbackFacts(Facts):
    """`make dev` with an image name whose registry nobody answers for.

    Attributes:
        used: Whether it is known to ask for that image.
        status: Its exit status; None where it had not ended: it stays, or took too long.
        seconds: How long it took; until port 3000 said that the gateway serves, where it stays.
        healthy: Whether port 3000 then said that the gateway serves.
        naming: The lines that it printed that name the image which could not be had.
        said: The last lines that it printed.
        documents: The documents that tell of it.
    """

    used: bool
    status: int | None
    seconds: float
    healthy: bool
    naming: tuple[str, ...]
    said: tuple[str, ...]
    documents: tuple[str, ...]


def observe(project: Project, engine: Engine) -> FallbackFacts:
    """Start the environment of a copy whose image's registry is a port that nobody listens on."""
    reference = f"127.0.0.1:{free_port()}/nowhere/base:main"
    with fresh_copy(project, {"image": {"published": reference}}) as copy:
        used = rename_image(copy, project.config.image.published, reference)
        developer, footprint = Developer(copy, engine), Footprint(copy, engine)
        try:
            with dev_calls(developer, footprint.is_healthy) as calls:
                call = calls.call(seconds=_PATIENCE)
                healthy = footprint.is_healthy()
            lines = [it.strip() for it in call.printed.splitlines() if it.strip()]
            return FallbackFacts(
                used=used,
                status=call.status,
                seconds=round(call.seconds, 1),
                healthy=healthy,
                naming=tuple(it.replace(reference, "IMAGE") for it in lines if reference in it),
                said=tuple(it.replace(str(copy.root), ".") for it in lines[-5:]),
                documents=_documents(project),
            )
        finally:
            footprint.remove()


def _documents(project: Project) -> tuple[str, ...]:
    return tuple(name for name, text in documents(project) if tells_of_fallback(text))


def tells_of_fallback(text: str) -> bool:
    """Whether a paragraph says that what cannot be pulled is built."""
    paragraphs = re.split(r"\n\s*\n", text)
    return any(all(words.search(it) for words in _SUBJECTS) for it in paragraphs)
