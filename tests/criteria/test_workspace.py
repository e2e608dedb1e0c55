"""Where state is, whatever is mounted for it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.models.containers import Container

from harness.criteria.facts.workspace import mounted_state

ROOT = Path("/c")
SOURCES = [
    ("bind", "/c/.claude", "/workspace/.claude", False),
    ("bind", "/c/grimoires", "/workspace/grimoires", True),
    ("bind", "/c/deploy/loa-identity", "/workspace/deploy/loa-identity", True),
]
Mount = tuple[str, str, str, bool]


def mounts(*given: Mount) -> Container:
    keys = ("Type", "Source", "Destination", "RW")
    attrs: dict[str, Any] = {"Mounts": [dict(zip(keys, it, strict=True)) for it in given]}
    return cast("Container", SimpleNamespace(attrs=attrs))


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ([], []),
        ([("volume", "/var/lib/docker/x", "/data/wal", True)], ["/data/wal"]),
        ([("bind", "/c/.state/wal", "/data/wal", True)], ["/data/wal"]),
        ([("bind", "/var/lib/loa", "/data", True)], ["/data"]),
        ([("bind", "/c/settings", "/settings", False)], []),
        ([("bind", "/c", "/workspace", True)], []),
        ([("bind", "/c/deploy/loa-identity/wal", "/workspace/x", True)], []),
        (
            [("volume", "v", "/data", True), ("bind", "/c/.beads", "/workspace/.beads", True)],
            ["/data", "/workspace/.beads"],
        ),
    ],
)
def test_state_is_what_is_written_to_and_is_no_source(
    given: list[Mount], places: list[str]
) -> None:
    assert mounted_state(mounts(*SOURCES, *given), ROOT) == places
