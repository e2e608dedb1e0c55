"""The report as one HTML page that loads nothing."""

import json
import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Verdict
from harness.report.bars import bar
from harness.report.layers import images
from harness.report.merged import Finding, Merged
from harness.report.outline import outline
from harness.report.strip import strips
from harness.report.words import conclusion, content, harmless, place, redacted, short

__all__ = ["render"]

_SAVE_TO_LIVE = "G-1.1"
_PRD_LIMIT = Quantity(5, "s")
_LONGEST = 20_000


class Artifact(NamedTuple):
    """A file that a check left.

    Attributes:
        name: What it is called.
        what: What it holds; empty where the name says all.
        link: How the page gets at it; empty where the file is not there any more.
    """

    name: str
    what: str
    link: str


class Share(NamedTuple):
    """How many criteria have a verdict, and what part of all they are, in percent."""

    verdict: Verdict
    number: int
    part: float


def render(merged: Merged, directory: Path) -> str:
    """Return the page.

    Args:
        merged: The evidence.
        directory: Where the page will lie; artifacts are linked relative to it.
    """
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )

    def artifacts(finding: Finding, names: Sequence[str]) -> list[Artifact]:
        base = finding.source.path.parent if finding.source else directory
        return [_artifact(base / name, directory) for name in names]

    return environment.get_template("report.html.j2").render(
        title=f"Acceptance of {merged.newest.project.name}",
        conclusion=conclusion(merged),
        place=place(merged),
        merged=merged,
        shares=_shares(merged),
        chapters=outline(merged.findings),
        strips=strips(merged, _limit(merged)),
        images=images(merged),
        bar=bar,
        artifacts=artifacts,
        remains=_remains,
        observed=_observed,
        short=short,
        Verdict=Verdict,
    )


def _shown(value: object) -> object:
    """Jinja asks this of every value before it escapes it."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _shares(merged: Merged) -> list[Share]:
    total = len(merged.findings)
    counts = ((it, merged.count(it)) for it in Verdict)
    return [Share(it, count, round(100 * count / total, 2)) for it, count in counts if count]


def _limit(merged: Merged) -> Quantity:
    found = (it.criterion.limit for it in merged.findings if it.criterion.id == _SAVE_TO_LIVE)
    return next(found, None) or _PRD_LIMIT


def _artifact(path: Path, directory: Path) -> Artifact:
    # Of evidence that was fetched or sent, the files beside it may have stayed where they were.
    link = _link(path, directory) if path.is_file() else ""
    return Artifact(path.name, content(path.name), link)


def _remains(finding: Finding) -> list[str]:
    """Return the files of what did not come up, and failed the criterion without any check."""
    faults = finding.source.evidence.faults if finding.source else ()
    own = (it.artifacts for it in faults if it.criterion == finding.criterion.id)
    return list(dict.fromkeys(chain.from_iterable(own)))


def _link(path: Path, directory: Path) -> str:
    return quote(harmless(os.path.relpath(path.resolve(), directory.resolve())))


def _observed(observed: dict[str, Any]) -> str:
    text = json.dumps(redacted(observed), indent=1, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… the evidence file has the rest"
