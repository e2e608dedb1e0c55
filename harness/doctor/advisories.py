"""Known advisories for what the image pins: kept in the checkout, so no network is needed."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.doctor.finding import Check, Finding, Status, Subject
from harness.errors import ConfigError

__all__ = ["CHECKS", "advisories"]

_LIST = "deploy/gateway/advisories.toml"
_LOCK = "deploy/gateway/package-lock.json"
_TOLD = "docs/security.md"
_NAME = "advisories"


class _Advisory(BaseModel):
    """One entry: versions before `fixed` are affected; `here` says why that is no danger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    package: str
    fixed: str
    what: str
    here: str


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: date
    advisory: tuple[_Advisory, ...]


def advisories(subject: Subject) -> Iterator[Finding]:
    """Count the known advisories for each package's version in the lock."""
    if subject.project is None or not (subject.project.root / _LIST).is_file():
        return
    known = _read(subject.project.root / _LIST)
    pinned = _pinned(subject.project.root / _LOCK)
    found = Counter(it.package for it in known.advisory if _affects(it, pinned))
    for package, count in found.items():
        detail = f"{count} known for {package} {pinned[package]}, mended in later versions"
        yield Finding(_NAME, Status.WARN, detail, f"{_TOLD} says what keeps each out here")
    if not found:
        detail = f"none of those known on {known.asked} is for the versions in the lock"
        yield Finding(_NAME, Status.OK, detail)


CHECKS: tuple[Check, ...] = (advisories,)


def _affects(advisory: _Advisory, pinned: Mapping[str, str]) -> bool:
    version = pinned.get(advisory.package)
    return version is not None and _numbers(version) < _numbers(advisory.fixed)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _read(path: Path) -> _List:
    try:
        return _List.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"{path}: cannot be read ({first})", "mend it") from error


def _pinned(lock: Path) -> dict[str, str]:
    """Return the version of each package at the lock's top."""
    try:
        said: dict[str, Any] = json.loads(lock.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{lock}: cannot be read ({error})", "restore it") from error
    prefix = "node_modules/"
    return {
        path.removeprefix(prefix): str(entry.get("version", ""))
        for path, entry in said.get("packages", {}).items()
        if path.startswith(prefix) and prefix not in path.removeprefix(prefix)
    }
