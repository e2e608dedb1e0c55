"""Sabotaged facts of FR-4: the Makefile."""

from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.log import LogFacts
from harness.criteria.facts.shell import ShellFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-4.1",
        LifecycleFacts,
        {
            "a second call makes the container anew": {"second same": False},
            "a second call fails": {"second status": 1},
            "it goes on, and nothing comes up": {
                "first status": None,
                "first healthy": False,
                "second": None,
                "down": None,
                "clean": None,
            },
            "a second call breaks the environment": {"second healthy": False},
        },
    ),
    *fails(
        "FR-4.2",
        ShellFacts,
        {
            "with nothing running it says nothing": {"refusals 0 lines": []},
            "with nothing running it prints a stack trace": {
                "refusals 1 lines": ["Traceback (most recent call last):", "  …", "KeyError"]
            },
            "with nothing running it ends well": {"refusals 0 status": 0},
        },
    ),
    *fails(
        "FR-4.2 G-1.4",
        ShellFacts,
        {
            "make dev-shell opens nothing": {"sessions 0 prompt": False, "sessions 0 ran": False},
            "make dev-shell drops the status": {"sessions 0 other": 0},
            "make dev-shell has no terminal": {"sessions 0 terminal": False},
        },
    ),
    *fails(
        "FR-4.3",
        LogFacts,
        {
            "it prints what there is and ends": {"followed": None},
            "Ctrl-C does not end it": {"ended": None},
            "Ctrl-C does not end it, beside other work": {"ended": None, "foreign": 0.9},
            "Ctrl-C ends it late": {"ended": 5.1},
            "it leaves the client behind": {"left": 1},
            "it ends with a stack trace": {"trace": True},
            "Ctrl-C stops the container": {"running": False},
        },
    ),
    *fails(
        "FR-4.5",
        LifecycleFacts,
        {
            "a container is left": {"down containers": 1, "down ports": [3000, 18789]},
            "a network is left": {"down networks": 1},
            "it takes the volumes too": {"down kept wal": False},
            "sessions live in the container": {"down kept sessions": False},
            "it ends with an error": {"down status": 2},
            "it does not end": {"down status": None},
        },
    ),
    *fails(
        "FR-4.6",
        LifecycleFacts,
        {
            "a volume is left": {"clean volumes": ["loa_wal"]},
            "state is left in the checkout": {"clean state_on_host": [".beads"]},
            "it removes a source file": {"clean changed": ["grimoires/loa/identity.json"]},
            "it removes .env.local": {"clean kept_env": False},
            "it prunes everybody's volumes": {"clean took": ["anonymous volume"]},
            "it prunes everything": {"clean took": ["stopped container", "network"]},
            "state lies outside the checkout": {"clean survived": ["wal"]},
            "the container goes on": {"clean containers": 1},
            "it waits for an answer": {"clean status": None},
        },
    ),
)
