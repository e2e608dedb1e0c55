"""`.env.local`: whether git ignores it, and whether a build or an image has got hold of it."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness import envfile, process
from harness.criteria.facts.canary import Canaries
from harness.criteria.facts.model import Facts
from harness.criteria.facts.needles import found_in
from harness.docker.context import export
from harness.engine.model import Engine
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project

__all__ = ["CredentialFileFacts", "Searched", "observe"]

_SOURCE = re.compile(r"(?P<source>[^\t]*):\d*:[^\t]*\t")
_NAME = f"{envfile.FILE_NAME}\0".encode()
_NOT_IGNORED, _NO_GIT = 1, 128


class Searched(Facts):
    """A build context or an image that was searched.

    Attributes:
        name: What was searched.
        bytes: How much of it there was.
        held: What it held: the file by its name, or a credential by its value.
    """

    name: str
    bytes: int
    held: tuple[str, ...]


class CredentialFileFacts(Facts):
    """Where the file is, and where it is not.

    Attributes:
        git: Whether git looks after the checkout.
        ignored_by: The file of the checkout that has git ignore it; None where none does.
        tracked: Whether git tracks it.
        contexts: The build contexts of the Dockerfiles, as BuildKit takes them in.
        images: The images, those that they stand on included.
    """

    git: bool
    ignored_by: str | None
    tracked: bool
    contexts: tuple[Searched, ...]
    images: tuple[Searched, ...]


def observe(stack: AcceptanceStack, project: Project) -> CredentialFileFacts:
    """Ask git, and search what builds take in and what came of them.

    Args:
        stack: A stack of the checks' own: its copy has a `.env.local` with made-up values.
        project: The checkout.
    """
    canaries = Canaries(envfile.secrets_of(stack.project.root))
    asked = _git(project, "check-ignore", "--verbose")
    source = _SOURCE.match(asked.stdout) if asked.ok else None
    return CredentialFileFacts(
        git=asked.status != _NO_GIT,
        ignored_by=_in_checkout(source["source"]) if source else None,
        tracked=_git(project, "ls-files", "--error-unmatch").ok,
        contexts=tuple(_contexts(stack, canaries)),
        images=tuple(_images(stack, canaries)),
    )


def _git(project: Project, *words: str) -> process.Completed:
    # What this machine's owner ignores everywhere is not what the checkout ignores.
    command = ["git", "-c", "core.excludesFile=/dev/null", *words, "--", envfile.FILE_NAME]
    return process.run(command, cwd=project.root, check=False)


def _in_checkout(source: str) -> str | None:
    return None if source.startswith((".git/", "/")) or not source else source


def _contexts(stack: AcceptanceStack, canaries: Canaries) -> Iterator[Searched]:
    image = stack.project.config.image
    files = {image.dockerfile: ".", image.dev_dockerfile: image.dev_context}
    for name, context in files.items():
        dockerfile = stack.project.root / name
        if name and dockerfile.is_file():
            with tempfile.TemporaryDirectory() as place:
                taken = Path(place) / "context"
                export(stack.engine, stack.project.root / context, dockerfile, taken)
                yield _searched(f"the context of {name}", _files(taken), canaries)


def _files(root: Path) -> Iterator[bytes]:
    for path in root.rglob("*"):
        yield path.name.encode() + b"\0"
        if path.is_file() and not path.is_symlink():
            yield path.read_bytes()


def _images(stack: AcceptanceStack, canaries: Canaries) -> Iterator[Searched]:
    # It has all layers of the base image, see `images.added_bytes`.
    image = stack.images.dev.image_id
    yield _searched("the development image", _layers(stack.engine, image), canaries)


def _layers(engine: Engine, image: str) -> Iterator[bytes]:
    """Yield the image as the engine gives it away: an archive of archives, not compressed."""
    yield from engine.client.images.get(image).save(chunk_size=1 << 20)


def _searched(name: str, parts: Iterable[bytes], canaries: Canaries) -> Searched:
    size, held = found_in(parts, canaries, {envfile.FILE_NAME: _NAME})
    return Searched(name=name, bytes=size, held=held)
