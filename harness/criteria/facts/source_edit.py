"""Edits of a checkout as pull requests make them, and whether an image then holds them."""

import shlex
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.criteria.facts.in_image import run
from harness.docker.dockerfile import Dockerfile
from harness.engine.model import Engine
from harness.project import Project

__all__ = ["KINDS", "Edit", "holds", "make"]

Edit = tuple[str, ...]
"""The names of the files that an image must then hold, each with the edit's marker."""

_PLACE_IN_LAST_THIRD = 5 / 6


def make(checkout: Project, kinds: Sequence[str]) -> tuple[str, Edit]:
    """Edit one file of each kind, and return the edits' marker and the files.

    Args:
        checkout: A copy that may be changed.
        kinds: Keys of `KINDS`.
    """
    marker = f"probe{uuid.uuid4().hex[:12]}"
    files = [name for kind in kinds for name in KINDS[kind](checkout, marker)]
    return marker, tuple(files)


def holds(engine: Engine, image: str, marker: str, files: Edit) -> tuple[str, ...]:
    """Return those of the files that the image has with the edit."""
    held = []
    for name in files:
        match = f"-name {shlex.quote(name)} -type f -exec grep -l {marker} {{}} +"
        found = run(engine, image, ["sh", "-c", f"find / -xdev {match} 2>/dev/null"])
        held += [name] if name in found.said else []
    return tuple(held)


def _grimoires(checkout: Project, marker: str) -> Iterator[str]:
    yield _append(_first(checkout, "grimoires", "*.md"), f"\n{marker}\n")


def _skills(checkout: Project, marker: str) -> Iterator[str]:
    yield _append(_first(checkout, ".claude", "*.md"), f"\n{marker}\n")


def _identity(checkout: Project, marker: str) -> Iterator[str]:
    yield _append(checkout.root / checkout.config.probe.file, f"\n// {marker}\n")


def _start_script(checkout: Project, marker: str) -> Iterator[str]:
    yield _append(_first(checkout, "deploy", "start-loa.sh"), f"\n# {marker}\n")


def _outside(checkout: Project, marker: str) -> Iterator[str]:
    _append(_first(checkout, ".", "README.md"), f"\n{marker}\n")
    yield from ()


def _dockerfile(checkout: Project, marker: str) -> Iterator[str]:
    """Add a command in the middle of the last third: what follows it has to be done again."""
    path = checkout.root / checkout.config.image.dockerfile
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = _boundary(path, round(len(lines) * _PLACE_IN_LAST_THIRD))
    lines.insert(place, f"RUN echo {marker} >/{marker}\n")
    path.write_text("".join(lines), encoding="utf-8")
    yield marker


KINDS: Mapping[str, Callable[[Project, str], Iterator[str]]] = {
    "grimoires": _grimoires,
    "skills": _skills,
    "identity": _identity,
    "start-script": _start_script,
    "outside-the-image": _outside,
    "dockerfile": _dockerfile,
}


def _boundary(path: Path, line: int) -> int:
    """Return the first line from one on at which an instruction begins that runs or copies."""
    starts = [it.line for it in Dockerfile.read(path).stages[-1].instructions if it.is_step]
    return next((start for start in starts if start >= line), starts[-1])


def _append(path: Path, text: str) -> str:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    return path.name


def _first(checkout: Project, directory: str, pattern: str) -> Path:
    found = sorted((checkout.root / directory).rglob(pattern), key=lambda it: (len(it.parts), it))
    if not found:
        raise FileNotFoundError(f"{directory}/ has no {pattern}")
    return found[0]
