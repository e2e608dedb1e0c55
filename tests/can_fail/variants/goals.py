"""Sabotaged facts of G: the goals."""

from harness.criteria.facts.change import ChangeFacts
from harness.criteria.facts.deployment import DeploymentFacts
from harness.criteria.facts.memory import MemoryFacts
from harness.criteria.facts.save import SaveFacts
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.facts.smoke import SmokeFacts
from tests.can_fail.variants.variant import GIB, Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "G-2.4",
        SmokeFacts,
        {
            "a healthy release fails": {"runs 0 outcome": "failed", "runs 0 status": 1},
            "a dead container passes": {"runs 1 outcome": "passed", "runs 1 status": 0},
            "an old version is taken for a good one": {"runs 2 sight": "good"},
            "a failure ends with 0": {"runs 4 status": 0},
        },
    ),
    *fails(
        "G-1.4",
        ShellFacts,
        {
            "harness shell loses the number": {"sessions 1 other": 1},
            "harness shell ends badly": {"sessions 1 zero": 130},
            "harness shell runs nothing": {"sessions 1 ran": False},
        },
    ),
    *fails(
        "G-1.1",
        SaveFacts,
        {
            "every save builds": {"seconds": [42.0] * 20, "foreign": [0.1] * 20},
            "one save in ten is slow": {"seconds": [1.0] * 18 + [6.0, 7.0]},
            "one of two slow saves had the machine to itself": {
                "seconds": [1.0] * 18 + [6.0, 7.0],
                "foreign": [0.5] * 19 + [0.0],
            },
            "new files are not noticed": {"lost": 1},
            "a save is lost while nobody else is at work": {
                "seconds": [6.0] * 19 + [30.1],
                "foreign": [0.9] * 19 + [0.1],
                "lost": 1,
            },
        },
    ),
    *fails(
        "G-1.2",
        ChangeFacts,
        {
            "the container is made anew": {"after container": "other", "after started": "later"},
            "the image is built again": {"after image": "sha256:b", "after named": "sha256:b"},
            "an image is built beside it": {"after builds": 7},
            "the restart serves the old code": {"changed": None},
            "the answer holds a process number": {"restored": "4711"},
        },
    ),
    *fails(
        "G-1.3",
        MemoryFacts,
        {
            "swap comes on top": {"inside_with_swap": 8 * GIB, "outside_with_swap": 8 * GIB},
            "no limit": dict.fromkeys(
                ("inside", "inside_with_swap", "outside", "outside_with_swap")
            ),
            "the limit is not enforced": {"trials 1 lived": True, "trials 1 killed": False},
            "something else takes the memory": {"trials 0 lived": False, "trials 0 killed": True},
            "half of it": {"inside": 2 * GIB, "outside": 2 * GIB},
        },
    ),
    *fails(
        "G-1.3",
        DeploymentFacts,
        {
            "a smaller instance": {
                "containers 0 instance_type": "basic",
                "containers 0 memory": GIB,
            },
            "a larger one in production": {"containers 1 memory": 12 * GIB},
            "a smaller one in staging": {"containers 0 memory": 2 * GIB},
            "no container": {"containers": []},
            "none in production": {"bare": ["production"]},
            "no configuration that can be read": {
                "containers": [],
                "unreadable": ["deploy/cloudflare/wrangler.jsonc"],
            },
        },
    ),
)
