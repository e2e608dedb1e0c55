"""Where the finished steps of a project's stages are kept in a registry, and made ahead of time.

One reference holds what the last whole build needed. The stages that time makes stale have one
each for every key, so that next month's can be built while this month's is in use.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from harness.console import log
from harness.docker.cache_keys import cache_keys, next_month, next_week
from harness.docker.dockerfile import Dockerfile

__all__ = ["Ahead", "RegistryCache"]

_WEEKLY = "PYTHON_CACHE_KEY"
# The others change with the month.
_AHEAD = {
    "rust-builder": "RUST_CACHE_KEY",
    "python-builder": _WEEKLY,
    "system": "SYSTEM_CACHE_KEY",
}
_UNDER_ALL = "system"


@dataclass(frozen=True)
class Ahead:
    """A stage that is built before its key comes into force.

    Attributes:
        stage: Its name.
        build_args: The key that it will have.
        cache: Where its steps are left, as buildx takes it.
    """

    stage: str
    build_args: Mapping[str, str]
    cache: str


@dataclass(frozen=True)
class RegistryCache:
    """The finished steps of one project for one processor.

    Attributes:
        repository: The image's name without a tag.
        arch: The processor, `amd64` and the like.
        root: The checkout.
        exists: Whether a registry has an image of a name.
    """

    repository: str
    arch: str
    root: Path
    exists: Callable[[str], bool]

    def keys(self, now: datetime) -> dict[str, str]:
        """Return the keys to build with: the last month's or week's where only it is there.

        So a release waits for no stage that nobody has built yet; one line says so.
        """
        current = cache_keys(self.root, now)
        last_month = now.replace(day=1) - timedelta(days=1)
        for stage, key in _AHEAD.items():
            before = now - timedelta(weeks=1) if key == _WEEKLY else last_month
            last = cache_keys(self.root, before)[key]
            if not self._has(stage, current[key]) and self._has(stage, last):
                log.note(f"{stage}: nobody has built {current[key]} yet; using that of {last}")
                current[key] = last
        return current

    def sources(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Return where a build finds finished steps; one that is not there is passed over."""
        names = [self._whole, *(self._of(stage, keys[key]) for stage, key in _AHEAD.items())]
        return tuple(f"type=registry,ref={name}" for name in names)

    def export(self) -> str:
        """Return where a build leaves its steps, those of the builder stages included."""
        return _export(self._whole)

    def ahead(self, dockerfile: Dockerfile, now: datetime) -> Iterator[Ahead]:
        """Yield the stages that time will make stale, with the keys that they will have.

        With the one that the last one stands on the last one is made: it runs its commands again.
        """
        names = [stage.name for stage in dockerfile.stages]
        for stage, key in _AHEAD.items():
            if stage in names:
                coming = next_week(now) if key == _WEEKLY else next_month(now)
                value = cache_keys(self.root, coming)[key]
                target = names[-1] if stage == _UNDER_ALL else stage
                yield Ahead(target, {key: value}, _export(self._of(stage, value)))

    @property
    def _whole(self) -> str:
        return f"{self.repository}:cache-{self.arch}"

    def _of(self, stage: str, key: str) -> str:
        return f"{self._whole}-{stage}-{key}"

    def _has(self, stage: str, key: str) -> bool:
        return self.exists(self._of(stage, key))


def _export(name: str) -> str:
    # A registry that is away costs the next build its time, and must not cost this one its image.
    return f"type=registry,ref={name},mode=max,ignore-error=true"
