"""Sabotaged facts of US, R and D: stories, risks and dependencies."""

from harness.criteria.facts.account import AccountFacts
from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.facts.image import BaseFacts
from harness.criteria.facts.missing_credential import MissingCredentialFacts
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
            "it goes on, and nothing comes up": {"status": None, "healthy": False},
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
        "D-2",
        AccountFacts,
        {
            "a sound account is refused": {"runs 0 status": 1},
            "an unknown token is taken": {"runs 1 status": 0},
            "another account is not named": {"runs 2 lines": ["it failed"]},
            "the missing scope is not named": {"runs 4 lines": ["403 Forbidden"]},
            "a missing bucket is not noticed": {"runs 6 status": 0, "runs 6 lines": []},
            "it makes the missing bucket": {"runs 6 changes": ["POST r2/buckets"]},
        },
    ),
    *fails(
        "D-3",
        MissingCredentialFacts,
        {
            "it goes on without a token": {"runs 0 status": 0},
            "it builds first": {"runs 0 began": ["subprocess.Popen ('docker', ['build'])"]},
            "it asks without the account": {"runs 3 began": ["socket.connect"]},
            "it names the other one": {"runs 1 errors": ["error: CLOUDFLARE_API_TOKEN is not set"]},
            "it says nothing": {"runs 5 errors": []},
            "it ends with a trace": {"runs 0 errors": ["at process.env.CLOUDFLARE_API_TOKEN"] * 9},
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
