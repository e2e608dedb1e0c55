"""What the Dockerfiles' comments and the documents say of stages and build arguments."""

import re
from collections.abc import Iterator, Set as AbstractSet

from harness.criteria.facts.model import Facts
from harness.criteria.facts.tables import Row, rows
from harness.docker.dockerfile_text import entries, pairs
from harness.project import Project

__all__ = ["Argument", "Documented", "Stage", "StageCommentFacts", "observe"]

_INSTRUCTION = re.compile(
    r"(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|RUN|USER|VOLUME|WORKDIR)\s"
)
_DIRECTIVE = re.compile(r"(?:syntax|escape|check|hadolint)\b\s*[=\s]\s*\S+", re.IGNORECASE)


class Stage(Facts):
    """A stage, and the comment right before it."""

    file: str
    name: str
    comment: str


class Argument(Facts):
    """An ARG line: its default, None without one, and the comment right before it."""

    file: str
    name: str
    default: str | None
    comment: str


class Documented(Facts):
    """A row of a table of build arguments."""

    document: str
    name: str
    default: str


class StageCommentFacts(Facts):
    """What comments and documents say.

    Attributes:
        missing: The Dockerfiles that are not there.
        stages: All stages.
        arguments: All build arguments, each as often as it is declared.
        documented: The rows of all tables that give build arguments with their defaults. One whose
            heading says only "argument" is of those if it has one that is declared.
    """

    missing: tuple[str, ...]
    stages: tuple[Stage, ...]
    arguments: tuple[Argument, ...]
    documented: tuple[Documented, ...]


def observe(project: Project) -> StageCommentFacts:
    """Read both Dockerfiles and the documents."""
    image = project.config.image
    names = [it for it in dict.fromkeys((image.dockerfile, image.dev_dockerfile)) if it]
    there = [name for name in names if (project.root / name).is_file()]
    found = [it for name in there for it in _read(project, name)]
    declared = {it.name for it in found if isinstance(it, Argument)}
    return StageCommentFacts(
        missing=tuple(name for name in names if name not in there),
        stages=tuple(it for it in found if isinstance(it, Stage)),
        arguments=tuple(it for it in found if isinstance(it, Argument)),
        documented=tuple(_documented(project, declared)),
    )


def _read(project: Project, name: str) -> Iterator[Stage | Argument]:
    said: list[tuple[int, str]] = []
    stages = 0
    for entry in entries((project.root / name).read_bytes()):
        kind, value = entry["instruction"].upper(), entry["value"].strip()
        if kind == "COMMENT":
            said.append((entry["startline"], value))
            continue
        before, said = said, []
        comment = _prose(_paragraph(before) if kind == "ARG" else [text for _, text in before])
        if kind == "FROM":
            words = value.split()
            called = words[-1] if len(words) > 2 and words[-2].lower() == "as" else str(stages)  # noqa: PLR2004 -- IMAGE AS NAME
            yield Stage(file=name, name=called, comment=comment)
            stages += 1
        elif kind == "ARG":
            yield from _arguments(name, value, comment)


def _arguments(file: str, value: str, comment: str) -> Iterator[Argument]:
    """Yield what an ARG line declares, which may be several."""
    for name, default in pairs(value):
        yield Argument(file=file, name=name, default=default, comment=comment)


def _paragraph(said: list[tuple[int, str]]) -> list[str]:
    """Return the last lines that no empty one parts; what stands before speaks of the file."""
    kept: list[tuple[int, str]] = []
    for line, text in said:
        kept = [*kept, (line, text)] if kept and line == kept[-1][0] + 1 else [(line, text)]
    return [text for _, text in kept]


def _prose(lines: list[str]) -> str:
    """Return a comment without instructions that are commented out and without directives."""
    kept = (it for it in lines if not _INSTRUCTION.match(it) and not _DIRECTIVE.match(it))
    return " ".join(" ".join(kept).split())


def _documented(project: Project, declared: AbstractSet[str]) -> Iterator[Documented]:
    told = [it for it in rows(project) if it.under("default") is not None]
    # A command line has arguments too, and what they are called says nothing of a build.
    ours = {(it.document, it.table) for it in told if not declared.isdisjoint(_argument_names(it))}
    for row in told:
        is_one = row.has("args?|arguments?") and (row.document, row.table) in ours
        if row.has("build[- ]?arg(?:ument)?s?") or is_one:
            for name in _argument_names(row):
                default = (row.under("default") or "").strip("`\"' ")
                yield Documented(document=row.document, name=name, default=default)


def _argument_names(row: Row) -> list[str]:
    return [name.partition("=")[0] for name in row.names]
