"""docker buildx imagetools: what a registry holds, with the user's logins and no engine."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.docker.reference import by_digest
from harness.engine import clients
from harness.errors import ImageError, ToolError

__all__ = [
    "Manifest",
    "MissingImageError",
    "RefusedError",
    "compressed",
    "config",
    "copy",
    "digest",
    "exists",
    "index",
    "manifests",
]

_SECONDS = 60.0
_LONGEST = 160
_NO_HOST = "no such host"
_NOBODY = "unknown"
_BARE = "--prefer-index=false"
# What a program that keeps logins says is about itself, also that it is `not found`, or `denied`.
_NO_LOGINS = "error getting credentials"
_HELPER = re.compile(r"docker-credential-[\w.-]*\w")
# As a word: a digest may have these figures in it.
_REFUSED = re.compile(r"unauthorized|denied|\b40[13]\b")


class MissingImageError(ImageError):
    """A registry that was asked has no image of that name."""


class RefusedError(ImageError):
    """A registry that was asked wants to know who asks, or does not like it."""


@dataclass(frozen=True)
class Manifest:
    """An image for one platform, as its registry has it.

    Attributes:
        digest: Of the manifest; empty where the name was asked for and is no index.
        platform: `linux/amd64` and the like, without a variant; empty where only the image's
            configuration tells.
        size: Bytes of its layers, compressed; None where only the index was read.
    """

    digest: str
    platform: str
    size: int | None


def manifests(reference: str) -> list[Manifest]:
    """Return the images under a name: several if it is an index over platforms.

    Raises:
        ImageError: The registry does not have it, or cannot be asked.
    """
    said = _json(reference, "--raw")
    if "manifests" not in said:
        return [Manifest("", "", sum(it["size"] for it in said.get("layers", [])))]
    entries = [(it["digest"], _platform(it.get("platform") or {})) for it in said["manifests"]]
    # Attestations stand in an index too, for a platform that they call unknown.
    return [Manifest(digest, name, None) for digest, name in entries if _NOBODY not in name]


def compressed(reference: str, platform: str) -> int | None:
    """Return the bytes of an image's layers as they are pulled; None if it is not for a platform.

    Args:
        reference: Its name, which may be that of an index.
        platform: The platform of which an index has its own image: `linux/amd64` and the like.

    Raises:
        ImageError: The registry does not have it, or cannot be asked.
    """
    for it in manifests(reference):
        if it.size is not None:
            return it.size
        if it.platform == platform:
            return manifests(by_digest(reference, it.digest))[0].size
    return None


def exists(reference: str) -> bool:
    """Whether a registry has something under a name; one that cannot be asked has nothing."""
    try:
        _json(reference, "--raw")
    except ImageError:
        return False
    return True


def config(reference: str) -> Mapping[str, Any]:
    """Return the configuration of the image under a name that is no index.

    Raises:
        ImageError: The registry does not have it, or cannot be asked.
    """
    return _json(reference, "--format", "{{json .Image}}")


def digest(reference: str, platform: str) -> str:
    """Return the digest of the image for a platform; that of the image itself if it is no index.

    Args:
        reference: Its name, which may be that of an index.
        platform: `linux/amd64` and the like.

    Raises:
        ImageError: The registry does not have it, not for that platform, or cannot be asked.
    """
    for it in manifests(reference):
        if not it.digest:
            return str(_json(reference, "--format", "{{json .Manifest}}").get("digest", ""))
        if it.platform == platform:
            return it.digest
    raise ImageError(f"{reference} is not for {platform}", "push one that is")


def copy(source: str, target: str) -> None:
    """Copy an image between registries, or within one; a single manifest keeps its bytes.

    Args:
        source: Its name, with its digest.
        target: Its new name, with a tag.

    Raises:
        ImageError: It cannot be read there, or not be written here.
    """
    done = _create(_BARE, "--tag", target, source)
    if not done.ok and "unknown flag" in done.stderr:
        # An older buildx puts an index above the manifest, whose bytes arrive all the same.
        done = _create("--tag", target, source)
    _see_that_it_was(done, f"{source} could not be copied")


def index(target: str, sources: Sequence[str]) -> None:
    """Put one index over images for different platforms in a registry; each keeps its bytes.

    Args:
        target: Its name, with a tag.
        sources: Their names.

    Raises:
        ImageError: One cannot be read there, or the index not be written.
    """
    _see_that_it_was(_create("--tag", target, *sources), f"{target} could not be made")


def _see_that_it_was(done: process.Completed, otherwise: str) -> None:
    if not done.ok:
        reason = (done.stderr.strip().splitlines() or ["no reason is given"])[-1]
        raise ImageError(f"{otherwise}: {reason}", "see `docker login`")


def _create(*words: str) -> process.Completed:
    program, variables = clients.prepare()
    command: list[str | Path] = [program, "buildx", "imagetools", "create", *words]
    return process.run(command, env={**variables, "BUILDX_BUILDER": ""}, check=False)


def _platform(said: Mapping[str, Any]) -> str:
    return f"{said.get('os', _NOBODY)}/{said.get('architecture', _NOBODY)}"


def _json(reference: str, *options: str) -> dict[str, Any]:
    program, variables = clients.prepare()
    command: list[str | Path] = [program, "buildx", "imagetools", "inspect", *options, reference]
    try:
        done = process.run(command, env={**variables, "BUILDX_BUILDER": ""}, timeout=_SECONDS)
        return dict(json.loads(done.stdout))
    except (ToolError, ValueError, TypeError) as error:
        raise _explain(reference, error) from error


def _explain(reference: str, error: Exception) -> ImageError:
    said = " ".join(str(getattr(error, "output", "") or error).split()).removeprefix("ERROR: ")
    if _NO_LOGINS in said:
        return _without_logins(reference, said)
    if "not found" in said or "manifest unknown" in said:
        advice = "see which tags its registry has"
        return MissingImageError(f"{reference}: there is no such image", advice)
    if _REFUSED.search(said):
        return RefusedError(f"{reference}: its registry does not give it to us", "`docker login`")
    advice = (
        "see how its registry is written, and whether this machine knows it"
        if _NO_HOST in said
        else "try again"
    )
    return ImageError(f"{reference}: its registry cannot be asked ({_end_of(said)})", advice)


def _without_logins(reference: str, said: str) -> ImageError:
    helper = _HELPER.search(said)
    name = helper[0] if helper else "the program that keeps docker's logins"
    return ImageError(
        f"{reference}: {name} gives no login ({_end_of(said.partition(' - err: ')[2] or said)})",
        "install or mend it, or take it out of `credsStore` or `credHelpers` in config.json",
    )


def _end_of(text: str) -> str:
    """Return the end of a long text, which tells, from a word's beginning."""
    if len(text) <= _LONGEST:
        return text
    piece = text[-_LONGEST:]
    return f"… {piece.partition(' ')[2] or piece}"
