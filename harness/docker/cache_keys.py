"""The build arguments that say when a stage of the production image is built anew."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["cache_keys", "next_month", "next_week"]

_GATEWAY_LOCK = "deploy/gateway/package-lock.json"
# What the commands of both read: their content is copied, and keyed by what it is anyway.
_CORE_INPUTS = ("deploy/build", "deploy/lay-out.sh")
_RUNTIME_INPUTS = (*_CORE_INPUTS, "deploy/python/strip-torch.sh")
_LENGTH = 12


def cache_keys(root: Path, now: datetime) -> dict[str, str]:
    """Return the value of each stage's cache key, by the name of its build argument.

    Two calls give a stage the same value as long as it need not be built anew: Rust's and the
    Debian tools' within a month, Python's within an ISO week, the gateway's while its lock stays
    as it is, the runtime's while the scripts that its commands run do.

    Args:
        root: The checkout. A file that it does not have counts as an empty one.
        now: The time to take month and week of, in UTC.
    """
    year, week, _ = now.isocalendar()
    month = f"{now:%Y-%m}"
    return {
        "RUST_CACHE_KEY": month,
        "SYSTEM_CACHE_KEY": month,
        "PYTHON_CACHE_KEY": f"{year}-W{week:02}",
        "GATEWAY_CACHE_KEY": _digest(root, [_GATEWAY_LOCK]),
        "CORE_CACHE_KEY": _digest(root, _CORE_INPUTS),
        "RUNTIME_CACHE_KEY": _digest(root, _RUNTIME_INPUTS),
    }


def next_month(now: datetime) -> datetime:
    """Return the moment at which the keys of a month change."""
    return (now.replace(day=1, hour=0, minute=0, second=0) + timedelta(days=32)).replace(day=1)


def next_week(now: datetime) -> datetime:
    """Return a moment at which the keys of a week have changed."""
    return now + timedelta(weeks=1)


def _digest(root: Path, names: Iterable[str]) -> str:
    total = hashlib.sha256()
    for path in _files(root, names):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(root).as_posix()}\0{content}\0".encode())
    return total.hexdigest()[:_LENGTH]


def _files(root: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = root / name
        found = [path] if path.is_file() else path.rglob("*")
        yield from sorted(it for it in found if it.is_file())
