"""Whether an image in a registry is what others may stand on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.docker import imagetools
from harness.docker.imagetools import Manifest
from harness.docker.reference import by_digest

__all__ = ["Described", "Wanted", "describe", "problems"]

_GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Wanted:
    """What an image must be.

    Attributes:
        platforms: Each of them must be there.
        labels: These must be there, with this value if it is not empty.
        size: Bytes of layers that it must stay below, for each platform; None for any.
        days: How old it may be; None for any age.
    """

    platforms: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    size: float | None = None
    days: float | None = None


@dataclass(frozen=True)
class Described:
    """An image for one platform, as its registry has it.

    Attributes:
        reference: Its name, by digest where the name asked for is an index.
        platform: `linux/amd64` and the like.
        labels: Its labels.
        size: Bytes of its layers, compressed: what is pulled.
        created: When it says it was made.
    """

    reference: str
    platform: str
    labels: Mapping[str, str]
    size: int
    created: datetime | None

    def days(self, now: datetime) -> float | None:
        """How old it is; None if it does not say."""
        return (now - self.created).total_seconds() / 86400 if self.created else None


def describe(reference: str) -> list[Described]:
    """Ask the registry for an image, for each of its platforms.

    Raises:
        ImageError: The registry does not have it, or cannot be asked.
    """
    return [_described(reference, it) for it in imagetools.manifests(reference)]


def problems(found: Sequence[Described], wanted: Wanted, now: datetime) -> Iterator[str]:
    """Say what is not as wanted, one line for each."""
    there = {it.platform: it for it in found}
    for platform in wanted.platforms:
        if platform in there:
            yield from _misfits(there[platform], wanted, now)
        else:
            yield f"it is not for {platform}, but for {', '.join(there) or 'no platform'}"


def _misfits(image: Described, wanted: Wanted, now: datetime) -> Iterator[str]:
    for label, value in wanted.labels.items():
        has = image.labels.get(label, "")
        if not has:
            yield f"{image.platform}: it carries no label {label}"
        elif value and has != value:
            yield f"{image.platform}: its label {label} is {has}, not {value}"
    if wanted.size is not None and image.size >= wanted.size:
        takes, most = image.size / _GIGABYTE, wanted.size / _GIGABYTE
        yield f"{image.platform}: its layers take {takes:.2f} GB compressed, {most:g} is the limit"
    days = image.days(now)
    if wanted.days is not None and days is None:
        yield f"{image.platform}: it does not say when it was made"
    elif wanted.days is not None and days is not None and days > wanted.days:
        yield f"{image.platform}: it is {days:.0f} days old, {wanted.days:g} is the limit"


def _described(reference: str, manifest: Manifest) -> Described:
    name = by_digest(reference, manifest.digest) if manifest.digest else reference
    size = manifest.size
    if size is None:
        (inner,) = imagetools.manifests(name)
        size = inner.size or 0
    said = imagetools.config(name)
    platform = manifest.platform or f"{said.get('os')}/{said.get('architecture')}"
    labels = (said.get("config") or {}).get("Labels") or {}
    return Described(name, platform, labels, size, _created(said))


def _created(said: Mapping[str, Any]) -> datetime | None:
    try:
        # With as many digits of a second as Python reads.
        text = str(said["created"])
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
