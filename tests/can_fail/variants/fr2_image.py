"""Sabotaged facts of FR-2: deploy/Dockerfile.dev."""

from harness.criteria.facts.image import ImageFacts
from harness.criteria.facts.mount_point import MountPointFacts
from harness.criteria.facts.tool import ToolFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-2.1",
        ImageFacts,
        {
            "built from scratch": {"dev_layers": ["sha256:a", "sha256:b"]},
            "the base was squashed": {"dev_layers 0": "sha256:a"},
            "an older base": {"base_layers 1": "sha256:b"},
        },
    ),
    *fails(
        "FR-2.2",
        ToolFacts,
        {
            "entr is missing": {"runs_before": 0, "runs_after": 0},
            "entr is a script that runs once": {"runs_after": 1, "changes": 10},
            "entr is a loop that runs all the time": {"runs_before": 9, "runs_after": 40},
            "entr runs its command on any event": {"runs_after": 4},
        },
    ),
    *fails(
        "FR-2.3",
        ToolFacts,
        {
            "tsx is missing": {"tsx_status": 127, "tsx_output": False},
            "tsx is fetched when it is called": {"tsx_status": 1, "tsx_output": False},
            "tsx is a link to true": {"tsx_output": False},
        },
    ),
    *fails(
        "FR-2.4",
        MountPointFacts,
        {
            "one directory is missing": {"points 1 owner": None},
            "one directory is root's": {"points 2 owner": 0},
            "one directory is not declared": {"points 0 declared": False},
            "compose mounts it elsewhere": {"points 2 target": None},
        },
    ),
    *fails(
        "FR-2.5",
        ImageFacts,
        {
            "a browser is added": {"dev_bytes": 1_265_000_000},
            "exactly at the limit": {"base_bytes": 500_000_000, "dev_bytes": 600_000_000},
        },
    ),
)
