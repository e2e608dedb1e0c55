"""Sabotaged facts of releases: what G-2.3, FR-4.4 and NFR-2 must fail on."""

from harness.criteria.facts.by_hand import ByHandFacts
from harness.criteria.facts.failed_release import FailedReleaseFacts
from harness.criteria.facts.live_release import LiveReleaseFacts
from harness.criteria.facts.release_series import ReleaseSeriesFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-4.4",
        ByHandFacts,
        {
            "it fails": {"well status": 2},
            "the image does not serve": {"well served": False},
            "it records nothing": {"well steps": ["ask", "staging", "production"]},
            "it leaves staging out": {"well steps": ["ask", "record", "production"]},
            "it begins with production": {
                "well steps": ["ask", "record", "production", "staging", "production"]
            },
            "it changes before it asks": {"well steps": ["record", "staging", "ask", "production"]},
            "a failure is none": {"failed status": 0},
            "it does not go back": {"failed restored": False},
            "it says nothing": {"failed said": ""},
        },
    ),
    *fails(
        "G-2.3",
        FailedReleaseFacts,
        {
            "users see what staging could have seen": {"runs 0 others": 1},
            "it takes minutes to go back": {"runs 1 window": 500},
        },
    ),
    *fails(
        "G-2.3",
        LiveReleaseFacts,
        {
            "a healthy release fails": {"runs 0 status": 1},
            "a broken release succeeds": {"runs 2 status": 0},
            "users see what staging could have seen": {"runs 3 health others": 1},
            "production's gateway is away while staging is ill": {"runs 4 requests failed": 1},
            "a WebSocket of production ends while staging is ill": {"runs 2 sockets failed": 1},
            "users see what stands by at 0 %": {"runs 7 requests others": 1},
            "users see it for minutes": {"runs 8 requests window": 500},
            "production stays ill": {"runs 8 restored": False},
        },
    ),
    *fails(
        "G-2.3 NFR-2.2",
        FailedReleaseFacts,
        {
            "it stays ill": {"runs 1 restored": False},
            "a killed release stays half done": {"runs 2 restored": False},
        },
    ),
    *fails(
        "NFR-2.2",
        FailedReleaseFacts,
        {
            "a failure is none": {"runs 0 status": 0},
            "nothing is said": {"runs 1 said": ""},
            "recovery takes minutes": {"runs 2 recovery": 121},
            "healthy releases fail": {"healthy status": 1},
        },
    ),
    *fails(
        "NFR-2.1",
        ReleaseSeriesFacts,
        {
            "a mixed state is left": {"runs 0 whole": False},
            "no fault hits": {f"runs {number} faults": 0 for number in range(100)},
            "five of a hundred fail": {f"runs {number} status": 1 for number in range(5)},
        },
    ),
)
