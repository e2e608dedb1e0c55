"""Sabotaged facts of FR-3, NFR-1 and US-1: the start script, and how soon a save is served."""

from typing import Any

from harness.criteria.facts.behaviour import BehaviourFacts
from harness.criteria.facts.dev_start import DevStartFacts
from harness.criteria.facts.interval import IntervalFacts
from harness.criteria.facts.reload import WAYS, ReloadFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

_EACH = range(len(WAYS))
_DEAF: dict[str, Any] = {"noticed": None, "restarts": 0, "lines": []}


def _deaf(*ways: str) -> dict[str, Any]:
    """Return the facts of a watcher that does not notice these ways of saving."""
    numbers = [WAYS.index(way) for way in ways]
    return {f"saves {it} {name}": value for it in numbers for name, value in _DEAF.items()}


def _lines(*seconds: float | None) -> dict[str, Any]:
    """Return the facts of a log that says this of each save."""
    lines = [{"seconds": it} for it in seconds]
    return {f"saves {it} lines": lines for it in _EACH}


WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-3.1",
        DevStartFacts,
        {
            "the script relies on the image's default": {"dev_mode": None},
            "the script passes on what it got": {"dev_mode": "0"},
            "recovery runs all the same": {"recovered": True},
        },
    ),
    *fails(
        "FR-3.1 FR-3.4",
        DevStartFacts,
        {
            "the script is not there": {"path": None, "served": False},
            "the gateway never serves": {"served": False, "dev_mode": None, "commands": []},
        },
    ),
    *fails(
        "FR-3.2",
        ReloadFacts,
        {
            "the watcher is deaf to new files": _deaf("new file"),
            "the watcher is deaf to new directories": _deaf("new directory"),
            "an atomic replace is lost": _deaf("replace"),
            "renames and deletes are lost": _deaf("rename", "delete"),
            "every file restarts the gateway": {"other": 1},
            "every file restarts the gateway, beside other work": {"other": 1, "foreign": 0.9},
        },
    ),
    *fails(
        "FR-3.3",
        ReloadFacts,
        {
            "a second restart on one save": {
                "saves 0 restarts": 2,
                "saves 0 lines": [{"seconds": 0.1}, {"seconds": 1.9}],
            },
            "every save restarts twice, beside other work": {
                **{f"saves {it} restarts": 2 for it in _EACH},
                **_lines(0.1, 1.9),
                "foreign": 0.9,
            },
            "old gateways are left behind": {f"saves {it} gone": False for it in _EACH},
            "every save of a burst restarts": {"bursts 0 restarts": 10, "bursts 1 restarts": 7},
            "the first save of a burst is what serves": {"bursts 1 last": False},
            "a burst is not noticed": {"bursts 0 restarts": 0, "bursts 0 last": False},
            "the reloader dies on a syntax error": {"recovered": None},
        },
    ),
    *fails(
        "FR-3.2 FR-3.3 FR-3.5",
        ReloadFacts,
        {"nothing watches": {**_deaf(*WAYS), "recovered": None}},
    ),
    *fails(
        "FR-3.4",
        DevStartFacts,
        {
            "verbose is dropped": {"commands": ["node entry.js gateway --port 18789"]},
            "verbose is asked for and silenced": {"chatter": 0},
            "another option begins like it": {"commands": ["entry.js gateway --verbosely"]},
        },
    ),
    *fails(
        "FR-3.5",
        ReloadFacts,
        {
            "times have no zone": _lines(None),
            "the cause is not named": _lines(),
            "each restart is said twice": _lines(0.1, 0.2),
            "it is said when all is over": _lines(3.4),
            "the clock is another zone's": _lines(3600.1),
        },
    ),
    *fails(
        "NFR-1.1",
        IntervalFacts,
        {
            "saves that come fast pile up": {
                "series 2 seconds": [0.6] * 11 + [5.2],
                "series 2 foreign": [0.3] * 11 + [0.0],
            },
            "each second save waits for the first": {
                "series 1 seconds": [0.6, 6.1] * 6,
                "series 1 foreign": [0.1] * 12,
            },
            "a save is lost in a burst": {"lost": 1},
        },
    ),
    *fails(
        "US-1.1",
        BehaviourFacts,
        {
            "the process is new and its code is old": {"seconds": None, "serves": False},
            "it is slow": {"seconds": 5.1},
            "the new code is loaded beside the gateway": {"serves": False},
            "old code goes on": {"stopped": False},
            "the container is made anew": {"container": False},
        },
    ),
)
