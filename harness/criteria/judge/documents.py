"""NFR-3, NFR-4.2 and R-3: what must stand in comments and documents."""

import re
from collections.abc import Iterator

from harness.criteria.facts.credential import CredentialFacts
from harness.criteria.facts.stage_comment import (
    Argument,
    Documented,
    Stage,
    StageCommentFacts,
)
from harness.criteria.judge.base import NO_WORKFLOW, judges
from harness.criteria.verdict import Judgement

__all__ = ["arguments", "rotation", "scopes", "stages"]

_WHEN = re.compile(
    r"\b(rebuil[dt]\w*|built a(?:gain|new)|when(ever)?|cache[sd]?|cache key|monthly|weekly|daily"
    r"|changes?|invalidat\w+|refresh\w*|renew\w*|ma[dk]e (?:again|anew)|once (?:a|per) \w+"
    r"|every \w+|(?:each|per) (?:day|night|week|month|release|commit|push|build|deploy\w*))\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 5
_NO_DEFAULT = frozenset({"", "-", "–", "—", "none", "(none)", "empty"})  # noqa: RUF001 -- as people write it


@judges("NFR-3.1")
def stages(facts: StageCommentFacts) -> Judgement:
    """Before each stage a comment says what it holds and when it is rebuilt."""
    problems = [f"{name} is not there" for name in facts.missing]
    problems += [problem for it in facts.stages for problem in _of_stage(it)]
    return Judgement.of(problems)


def _of_stage(stage: Stage) -> Iterator[str]:
    where = f"{stage.file}: stage {stage.name}"
    if len(stage.comment.split()) < _FEWEST_WORDS:
        yield f"{where}: no comment before it says what it holds"
    elif not _WHEN.search(stage.comment):
        yield f"{where}: its comment does not say when it is rebuilt"


@judges("NFR-3.2")
def arguments(facts: StageCommentFacts) -> Judgement:
    """Each build argument has a comment and a row with its default, and no row is too many."""
    problems = [f"{name} is not there" for name in facts.missing]
    declared: dict[str, list[Argument]] = {}
    for it in facts.arguments:
        declared.setdefault(it.name, []).append(it)
    for name, lines in declared.items():
        rows = [it for it in facts.documented if it.name == name]
        problems += _of_argument(name, lines, rows)
    problems += [
        f"{it.document}: {it.name} is no build argument"
        for it in facts.documented
        if it.name not in declared
    ]
    return Judgement.of(problems)


def _of_argument(name: str, lines: list[Argument], rows: list[Documented]) -> Iterator[str]:
    if not any(it.comment for it in lines):
        yield f"{lines[0].file}: ARG {name} has no comment"
    if not rows:
        yield f"no table of build arguments has {name}"
    defaults = {it.default for it in lines if it.default is not None}
    for row in rows:
        fits = row.default in defaults if defaults else row.default.lower() in _NO_DEFAULT
        if not fits:
            wanted = ", ".join(sorted(defaults)) or "none"
            yield f"{row.document}: the default of {name} is {wanted}, not {row.default}"


@judges("NFR-4.2")
def rotation(facts: CredentialFacts) -> Judgement:
    """Each credential has an entry that says how to rotate it, by commands that exist."""
    read = dict.fromkeys((*facts.local, *facts.ci))
    if not read:
        return Judgement.unverified("no credential is known that the project reads")
    told = {it.name for it in facts.rotation if it.text}
    problems = [f"no document says how to rotate {name}" for name in read if name not in told]
    problems += [
        f"{it.document}: {it.name}: `{command}` does not exist"
        for it in facts.rotation
        for command in it.absent
    ]
    return Judgement.of(problems, unknown=facts.beyond)


@judges("R-3.1")
def scopes(facts: CredentialFacts) -> Judgement:
    """The secrets of the workflows and those documented with scope and environment are the same.

    What is read on a developer's machine may be documented in the same way.
    """
    if not facts.workflows:
        return Judgement.unverified(NO_WORKFLOW)
    told = {it.name for it in facts.scopes if it.scope and it.environment}
    problems = [
        f"no document gives scope and environment of {it}" for it in facts.ci if it not in told
    ]
    if not facts.beyond:
        known = {*facts.ci, *facts.local, "GITHUB_TOKEN"}
        problems += [
            f"{it.document}: no workflow takes {it.name}"
            for it in facts.scopes
            if it.name not in known
        ]
    return Judgement.of(problems, unknown=facts.beyond)
