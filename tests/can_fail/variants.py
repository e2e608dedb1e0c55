"""Sabotaged facts: what each check must fail on, and what it must not.

A variant is the recorded facts of a sound environment with a few values changed. `changes` names
a value by the names on its path in the facts' JSON; `...` takes it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.criteria.facts.base_use import BaseUseFacts
from harness.criteria.facts.change import ChangeFacts
from harness.criteria.facts.compose import ComposeFacts
from harness.criteria.facts.deployment import DeploymentFacts
from harness.criteria.facts.dev_mode import DevModeFacts
from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.facts.image import BaseFacts, ImageFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.log import LogFacts
from harness.criteria.facts.memory import MemoryFacts
from harness.criteria.facts.model import Facts
from harness.criteria.facts.mount import MountFacts
from harness.criteria.facts.mount_point import MountPointFacts
from harness.criteria.facts.port import PortFacts
from harness.criteria.facts.save import SaveFacts
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.facts.tool import ToolFacts
from harness.criteria.facts.workspace import WorkspaceFacts
from harness.criteria.verdict import Verdict

__all__ = ["RIGHT", "UNKNOWN", "WRONG", "Variant"]

GIB = 2**30
GONE = ...


@dataclass(frozen=True)
class Variant:
    """Recorded facts with a few values changed.

    Attributes:
        name: What was done to the environment.
        facts: The kind of facts that shows it.
        changes: The new values, by path.
        criteria: The criteria that must then have `verdict`, and no others.
        verdict: The verdict.
    """

    name: str
    facts: type[Facts]
    changes: Mapping[str, Any]
    criteria: frozenset[str]
    verdict: Verdict


def _of(
    verdict: Verdict,
    criteria: str,
    facts: type[Facts],
    named: Mapping[str, Mapping[str, Any]],
) -> Iterable[Variant]:
    wanted = frozenset(criteria.split())
    return [Variant(name, facts, changes, wanted, verdict) for name, changes in named.items()]


def _fails(
    criteria: str, facts: type[Facts], named: Mapping[str, Mapping[str, Any]]
) -> Iterable[Variant]:
    return _of(Verdict.FAILED, criteria, facts, named)


def _unknown(
    criteria: str, facts: type[Facts], named: Mapping[str, Mapping[str, Any]]
) -> Iterable[Variant]:
    return _of(Verdict.UNVERIFIED, criteria, facts, named)


def _passes(facts: type[Facts], named: Mapping[str, Mapping[str, Any]]) -> Iterable[Variant]:
    return _of(Verdict.FAILED, "", facts, named)


_UP = {"status": 0, "seconds": 9.0, "healthy": True, "same": False, "said": ["up"]}

WRONG: tuple[Variant, ...] = (
    *_fails(
        "FR-1.1",
        MountFacts,
        {
            ".claude is mounted for writing": {"mounts 0 writable": True},
            "grimoires is copied into the image": {
                "mounts 1 target": None,
                "mounts 1 seconds": None,
            },
            "deploy/loa-identity is mounted from somewhere else": {"mounts 2 seconds": None},
            "files come with a delay": {"mounts 2 seconds": 1.8, "mounts 2 looks": 20},
            "only two directories are mounted": {"mounts 2": GONE},
        },
    ),
    *_fails(
        "FR-1.2",
        BaseUseFacts,
        {
            "Dockerfile.dev stands on plain Debian": {"needs": ["debian:trixie-slim"]},
            "the published image is there and is built anyway": {
                "origin": "built",
                "built": ["core", "dev"],
            },
            "a stage compiles with Rust's own image": {"needs 1": "rust:1-slim-trixie"},
            "a step installs with pip": {
                "steps 0": "RUN /bin/sh -c apt-get update && pip install x"
            },
            "a step compiles with cargo": {
                "steps 0": "RUN /bin/sh -c /root/.cargo/bin/cargo build"
            },
        },
    ),
    *_fails(
        "FR-1.3",
        ComposeFacts,
        {
            "no limit": dict.fromkeys(
                (
                    "model_memory",
                    "model_memory_and_swap",
                    "engine_memory",
                    "engine_memory_and_swap",
                )
            ),
            "swap comes on top": {
                "model_memory_and_swap": None,
                "engine_memory_and_swap": 8 * GIB,
            },
            "4 GB are not 4 GiB": {"model_memory": 4_000_000_000, "engine_memory": 4_000_000_000},
            "the engine does not apply it": {"engine_memory": None},
            "swap is unlimited": {"model_memory_and_swap": -1, "engine_memory_and_swap": -1},
        },
    ),
    *_fails(
        "FR-1.4",
        PortFacts,
        {
            "published on every address": {"bindings 3000": ["0.0.0.0", "::"]},  # noqa: S104 -- it is what must not be
            "the gateway is not published": {"bindings 18789": []},
            "reached from outside although bound to loopback": {"reached_elsewhere": [18789]},
            "health is a page": {"health keys": None},
            "health is an error": {"health status": 503},
            "the gateway speaks HTTP only": {"websocket": False},
            "the gateway is a bare socket": {"gateway status": None, "websocket": False},
        },
    ),
    *_fails(
        "FR-1.5",
        DevModeFacts,
        {
            "1 is ignored in production": {"starts 0 recovered": True},
            "recovery never runs": {
                "starts 1 recovered": False,
                "starts 2 recovered": False,
                "starts 4 recovered": False,
            },
            "development sets it whatever it was": {"starts 4 recovered": False},
            "unset means development everywhere": {"starts 2 recovered": False},
            "unset means production everywhere": {"starts 5 recovered": True},
            "the gateway does not start with 1": {"starts 3 served": False},
            "there is no start script": {"starts 0 path": None, "starts 0 served": False},
        },
    ),
    *_fails(
        "FR-2.1",
        ImageFacts,
        {
            "built from scratch": {"dev_layers": ["sha256:a", "sha256:b"]},
            "the base was squashed": {"dev_layers 0": "sha256:a"},
            "an older base": {"base_layers 1": "sha256:b"},
        },
    ),
    *_fails(
        "FR-2.2",
        ToolFacts,
        {
            "entr is missing": {"runs_before": 0, "runs_after": 0},
            "entr is a script that runs once": {"runs_after": 1, "changes": 10},
            "entr is a loop that runs all the time": {"runs_before": 9, "runs_after": 40},
            "entr runs its command on any event": {"runs_after": 4},
        },
    ),
    *_fails(
        "FR-2.3",
        ToolFacts,
        {
            "tsx is missing": {"tsx_status": 127, "tsx_output": False},
            "tsx is fetched when it is called": {"tsx_status": 1, "tsx_output": False},
            "tsx is a link to true": {"tsx_output": False},
        },
    ),
    *_fails(
        "FR-2.4",
        MountPointFacts,
        {
            "one directory is missing": {"points 1 owner": None},
            "one directory is root's": {"points 2 owner": 0},
            "one directory is not declared": {"points 0 declared": False},
            "compose mounts it elsewhere": {"points 2 target": None},
        },
    ),
    *_fails(
        "FR-2.5",
        ImageFacts,
        {
            "a browser is added": {"dev_bytes": 1_265_000_000},
            "exactly at the limit": {"base_bytes": 500_000_000, "dev_bytes": 600_000_000},
        },
    ),
    *_fails(
        "FR-4.1",
        LifecycleFacts,
        {
            "a second call makes the container anew": {"second same": False},
            "a second call fails": {"second status": 1},
            "a second call breaks the environment": {"second healthy": False},
        },
    ),
    *_fails(
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
    *_fails(
        "FR-4.2 G-1.4",
        ShellFacts,
        {
            "make dev-shell opens nothing": {"sessions 0 prompt": False, "sessions 0 ran": False},
            "make dev-shell drops the status": {"sessions 0 other": 0},
            "make dev-shell has no terminal": {"sessions 0 terminal": False},
        },
    ),
    *_fails(
        "G-1.4",
        ShellFacts,
        {
            "harness shell loses the number": {"sessions 1 other": 1},
            "harness shell ends badly": {"sessions 1 zero": 130},
            "harness shell runs nothing": {"sessions 1 ran": False},
        },
    ),
    *_fails(
        "FR-4.3",
        LogFacts,
        {
            "it prints what there is and ends": {"followed": None},
            "Ctrl-C does not end it": {"ended": None},
            "it leaves the client behind": {"left": 1},
            "it ends with a stack trace": {"trace": True},
            "Ctrl-C stops the container": {"running": False},
        },
    ),
    *_fails(
        "FR-4.5",
        LifecycleFacts,
        {
            "a container is left": {"down containers": 1, "down ports": [3000, 18789]},
            "a network is left": {"down networks": 1},
            "it takes the volumes too": {"down kept wal": False},
            "sessions live in the container": {"down kept sessions": False},
            "it ends with an error": {"down status": 2},
        },
    ),
    *_fails(
        "FR-4.6",
        LifecycleFacts,
        {
            "a volume is left": {"clean volumes": ["loa_wal"]},
            "state is left in the checkout": {"clean state_on_host": [".beads"]},
            "it removes a source file": {"clean changed": ["grimoires/loa/identity.json"]},
            "it removes .env.local": {"clean kept_env": False},
            "it prunes everybody's volumes": {"clean took_others": True},
            "the container goes on": {"clean containers": 1},
        },
    ),
    *_fails(
        "G-1.1",
        SaveFacts,
        {
            "every save builds": {"seconds": [42.0] * 20, "foreign": 0.1},
            "one save in ten is slow": {"seconds": [1.0] * 18 + [6.0, 7.0], "foreign": 0.1},
            "new files are not noticed": {"lost": 1},
        },
    ),
    *_fails(
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
    *_fails(
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
    *_fails(
        "G-1.3",
        DeploymentFacts,
        {
            "a smaller instance": {
                "containers 0 instance_type": "basic",
                "containers 0 memory": GIB,
            },
            "a larger one in staging": {"containers 1 memory": 12 * GIB},
            "no container": {"containers": []},
            "no configuration that can be read": {
                "containers": [],
                "unreadable": ["deploy/cloudflare/wrangler.jsonc"],
            },
        },
    ),
    *_fails(
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
    *_fails(
        "R-1.1",
        FallbackFacts,
        {
            "it gives up": {"status": 1, "healthy": False},
            "it says nothing": {"naming": []},
            "it repeats itself": {"naming": ["IMAGE: trying", "IMAGE: failed"]},
            "no document says so": {"documents": []},
        },
    ),
    *_fails(
        "D-1",
        BaseFacts,
        {
            "it is for another processor": {"platform": "linux/arm64"},
            "it says no version": {"version": None},
        },
    ),
)

UNKNOWN: tuple[Variant, ...] = (
    *_unknown(
        "FR-1.5", DevModeFacts, {"grimoires is not mounted": {"mounted": False, "starts": []}}
    ),
    *_unknown("FR-2.3", ToolFacts, {"the container had a network": {"network": True}}),
    *_unknown(
        "G-1.1",
        SaveFacts,
        {
            "a busy machine": {"seconds": [6.0] * 20, "foreign": 0.8},
            "too few saves": {"seconds": [1.0] * 19},
        },
    ),
    *_unknown(
        "G-1.3",
        MemoryFacts,
        {
            "a small machine": {"trials": [], "free": 2 * GIB},
            "a machine that swaps all the time": {"trials 0 ended": False, "trials 0 lived": False},
        },
    ),
    *_unknown(
        "G-1.3",
        DeploymentFacts,
        {
            "no deployment yet": {"files": [], "containers": []},
            "a type that came later": {"containers 0 memory": None},
        },
    ),
    *_unknown(
        "US-3.1",
        WorkspaceFacts,
        {"no shell": {"opened": False, "sources": {}, "state": {}, "tools": {}, "logs": 0}},
    ),
)
"""What cannot be known here, and must be neither a pass nor a failure."""

RIGHT: tuple[Variant, ...] = (
    *_passes(
        MountFacts,
        {
            "mounted elsewhere": {"mounts 0 target": "/srv/.claude"},
            "a slow machine": {"mounts 1 seconds": 1.4},
        },
    ),
    *_passes(
        BaseUseFacts,
        {
            "pulled now": {"origin": "pulled"},
            "nothing to build": {"built": []},
            "a step that only talks of cargo": {"steps 0": "RUN /bin/sh -c echo no cargo needed"},
            "a package whose name holds pip": {
                "steps 0": "RUN /bin/sh -c apt-get install pipx-doc"
            },
        },
    ),
    *_passes(PortFacts, {"on both loopbacks": {"bindings 3000": ["127.0.0.1", "::1"]}}),
    *_passes(DevModeFacts, {"recovery runs beside": {"starts 1 served": False}}),
    *_passes(BaseFacts, {"pulled": {"origin": "pulled", "why": ""}}),
    *_passes(MemoryFacts, {"cgroups of version 1": {"cgroup": 1}}),
    *_passes(
        DeploymentFacts,
        {"a custom instance": {"containers 0 instance_type": "custom"}},
    ),
    *_passes(SaveFacts, {"a busy machine": {"foreign": 0.9}}),
    *_passes(LifecycleFacts, {"a slow first run": {"first": {**_UP, "seconds": 340.0}}}),
)
"""What is unusual and right, and must fail nothing."""
