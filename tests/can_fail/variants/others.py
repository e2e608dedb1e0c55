"""Sabotaged facts of US, R and D: stories, risks and dependencies."""

from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.facts.image import BaseFacts
from harness.criteria.facts.quiet_save import QuietSaveFacts
from harness.criteria.facts.workspace import WorkspaceFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "US-3.1",
        WorkspaceFacts,
        {
            "the sources are not there": {"sources grimoires": False},
            "curl is missing": {"tools curl": False},
            "git does not know the user": {"tools git": False},
            "the logs are root's": {"logs": 0},
            "the state cannot be listed": {"state /data/wal": False},
        },
    ),
    *fails(
        "R-1.1",
        FallbackFacts,
        {
            "it gives up": {"status": 1, "healthy": False},
            "it says nothing": {"naming": []},
            "it repeats itself": {"naming": ["IMAGE: trying", "IMAGE: failed"]},
            "no document says so": {"documents": []},
        },
    ),
    *fails(
        "D-1",
        BaseFacts,
        {
            "it is for another processor": {"platform": "linux/arm64"},
            "it says no version": {"version": None},
        },
    ),
    *fails(
        "R-2.1",
        QuietSaveFacts,
        {
            "only events count": {"seconds": None},
            "no document names a mount flag": {"flags": []},
            "no document names Linux": {"alternatives": []},
        },
    ),
)
