"""`.env.local`: whether git ignores it, and whether a build or an image has got hold of it."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import envfile, process
from harness.criteria.facts.canary import Canaries
from harness.criteria.facts.model import Facts
from harness.criteria.facts.needles import found_in
from harness.criteria.facts.saved_image import content
from harness.criteria.facts.searched import Searched, once
from harness.docker.context import export
from harness.docker.stack import Stack
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.scratch import scratch

__all__ = ["CredentialFileFacts", "ignored", "observe"]

# A rule that begins with "!" has git take the file in, and is told of all the same.
_SOURCE = re.compile(r"(?P<source>[^\t]*):\d*:(?!!)[^\t]*\t")
_NAME = f"{envfile.FILE_NAME}\0".encode()
_NO_GIT = 128


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
    git, ignored_by = ignored(project)
    tracked = _git(project, "ls-files", "--error-unmatch").ok
    with ThreadPoolExecutor() as pool:
        image = pool.submit(_image, stack, canaries, made_up=not tracked)
        contexts = tuple(pool.map(lambda it: _context(stack, canaries, *it), _built(stack.project)))
    return CredentialFileFacts(
        git=git,
        ignored_by=ignored_by,
        tracked=tracked,
        contexts=contexts,
        images=(image.result(),),
    )


def ignored(project: Project) -> tuple[bool, str | None]:
    """Return whether git looks after a checkout, and which file of it has `.env.local` ignored."""
    asked = _git(project, "check-ignore", "--verbose")
    source = _SOURCE.match(asked.stdout) if asked.ok else None
    return asked.status != _NO_GIT, _in_checkout(source["source"]) if source else None


def _git(project: Project, *words: str) -> process.Completed:
    # What this machine's owner ignores everywhere is not what the checkout ignores.
    command = ["git", "-c", "core.excludesFile=/dev/null", *words, "--", envfile.FILE_NAME]
    return process.run(command, cwd=project.root, check=False)


def _in_checkout(source: str) -> str | None:
    return None if source.startswith((".git/", "/")) or not source else source


def _built(project: Project) -> list[tuple[str, str]]:
    """Return each Dockerfile that is there, with the directory that it takes files from."""
    image = project.config.image
    files = {image.dockerfile: ".", image.dev_dockerfile: image.dev_context}
    return [(it, place) for it, place in files.items() if it and (project.root / it).is_file()]


def _context(stack: Stack, canaries: Canaries, name: str, context: str) -> Searched:
    root = stack.project.root
    with scratch("context") as place:
        taken = place / "context"
        export(stack.engine, root / context, root / name, taken)
        return _searched(f"the context of {name}", _files(taken), canaries)


def _files(root: Path) -> Iterator[bytes]:
    for path in root.rglob("*"):
        yield path.name.encode() + b"\0"
        if path.is_file() and not path.is_symlink():
            yield path.read_bytes()


def _image(stack: AcceptanceStack, canaries: Canaries, *, made_up: bool) -> Searched:
    """Search the development image, which has all layers of its base too."""
    image = stack.images.dev.image_id

    def search() -> Searched:
        return _searched("the development image", content(stack.engine, image), canaries)

    # Values that git keeps are older than the run.
    return once(image, search) if made_up else search()


def _searched(name: str, parts: Iterable[bytes], canaries: Canaries) -> Searched:
    size, held = found_in(parts, canaries, {envfile.FILE_NAME: _NAME})
    return Searched(name=name, bytes=size, held=held)
