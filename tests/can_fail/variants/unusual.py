"""Facts that leave a criterion open, and unusual ones that are right."""

from harness.criteria.facts.base_use import BaseUseFacts
from harness.criteria.facts.behaviour import BehaviourFacts
from harness.criteria.facts.by_hand import ByHandFacts
from harness.criteria.facts.command import CommandFacts
from harness.criteria.facts.credential_file import CredentialFileFacts
from harness.criteria.facts.deployed_trace import DeployedTraceFacts
from harness.criteria.facts.deployment import DeploymentFacts
from harness.criteria.facts.dev_mode import DevModeFacts
from harness.criteria.facts.dev_start import DevStartFacts
from harness.criteria.facts.failed_release import FailedReleaseFacts
from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.facts.image import BaseFacts
from harness.criteria.facts.interval import IntervalFacts
from harness.criteria.facts.layer_cache import LayerCacheFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.live_release import LiveReleaseFacts
from harness.criteria.facts.log import LogFacts
from harness.criteria.facts.memory import MemoryFacts
from harness.criteria.facts.missing_credential import MissingCredentialFacts
from harness.criteria.facts.mount import MountFacts
from harness.criteria.facts.port import PortFacts
from harness.criteria.facts.push_run import PushRunFacts
from harness.criteria.facts.quiet_save import QuietSaveFacts
from harness.criteria.facts.release_series import ReleaseSeriesFacts
from harness.criteria.facts.reload import ReloadFacts
from harness.criteria.facts.save import SaveFacts
from harness.criteria.facts.tool import ToolFacts
from harness.criteria.facts.trace import TraceFacts
from harness.criteria.facts.workspace import WorkspaceFacts
from tests.can_fail.variants.variant import GIB, GONE, Variant, passes, unknown

__all__ = ["RIGHT", "UNKNOWN"]

_UP = {"status": 0, "seconds": 9.0, "healthy": True, "same": False, "said": ["up"]}

UNKNOWN: tuple[Variant, ...] = (
    *unknown(
        "NFR-2.1",
        ReleaseSeriesFacts,
        {
            "a short series": {
                "runs": [{"status": 0, "seconds": 9.0, "faults": 1, "whole": True}] * 20
            }
        },
    ),
    *unknown(
        "G-2.3",
        LiveReleaseFacts,
        {
            "no WebSocket was open": {"runs 3 sockets asked": 0},
            "a fault was not tried": {"runs 9 what": "something else"},
        },
    ),
    *unknown(
        "FR-1.5", DevModeFacts, {"grimoires is not mounted": {"mounted": False, "starts": []}}
    ),
    *unknown("D-3", MissingCredentialFacts, {"make has no such target": {"absent": "deploy-cf"}}),
    *unknown(
        "G-2.2",
        PushRunFacts,
        {
            "a job was slow while others had work": {
                "runs 0 jobs 0 seconds": 361.0,
                "runs 0 foreign": 0.6,
            },
            "all of it was": {"runs 0 way": 601.0, "runs 0 foreign": 0.3},
        },
    ),
    *unknown("R-1.1", FallbackFacts, {"the image's name is put together": {"used": False}}),
    *unknown("G-1.1", SaveFacts, {"the answer changes by itself": {"returned": False}}),
    *unknown("NFR-1.1", IntervalFacts, {"the answer changes by itself": {"returned": False}}),
    *unknown("FR-2.3", ToolFacts, {"the container had a network": {"network": True}}),
    *unknown(
        "G-1.1",
        SaveFacts,
        {
            "a busy machine": {"seconds": [6.0] * 20, "foreign": [0.8] * 20},
            "a machine that was busy for a moment": {
                "seconds": [1.0] * 18 + [6.0, 7.0],
                "foreign": [0.0] * 18 + [0.5, 0.6],
            },
            "a save that is lost on a busy machine": {
                "seconds": [1.0] * 19 + [30.1],
                "foreign": [0.0] * 19 + [0.9],
                "lost": 1,
            },
            "too few saves": {"seconds": [1.0] * 19},
        },
    ),
    *unknown(
        "FR-3.4",
        DevStartFacts,
        {"its command line is gone": {"commands": ["node reloader.mjs", "clawdbot-gateway"]}},
    ),
    *unknown(
        "FR-3.2 FR-3.3 FR-3.5",
        ReloadFacts,
        {
            "a machine that is so busy that nothing comes": {
                "saves": [],
                "bursts 0 restarts": 0,
                "bursts 0 last": False,
                "recovered": None,
                "foreign": 0.9,
            }
        },
    ),
    *unknown(
        "FR-3.3",
        ReloadFacts,
        {"an old gateway ends late on a busy machine": {"saves 0 gone": False, "foreign": 0.7}},
    ),
    *unknown(
        "FR-3.5",
        ReloadFacts,
        {"a busy machine": {"saves 0 lines": [{"seconds": 2.2}], "foreign": 0.7}},
    ),
    *unknown(
        "FR-4.6",
        LifecycleFacts,
        {"nothing comes up after it": {"clean again healthy": False, "clean survived": None}},
    ),
    *unknown("FR-4.3", LogFacts, {"a busy machine": {"ended": 6.2, "foreign": 0.7}}),
    *unknown(
        "US-1.1",
        BehaviourFacts,
        {
            "a busy machine": {"seconds": 6.0, "foreign": 0.6},
            "a machine that is so busy that nothing comes": {"seconds": None, "foreign": 0.9},
        },
    ),
    *unknown(
        "NFR-1.1",
        IntervalFacts,
        {
            "a busy machine": {"series 0 seconds": [6.0] * 12, "series 0 foreign": [0.8] * 12},
            "a save that is lost on a busy machine": {
                "series 0 seconds": [1.0] * 11 + [30.1],
                "series 0 foreign": [0.0] * 11 + [0.9],
                "lost": 1,
            },
            "one interval only": {"series 1 seconds": [], "series 2 seconds": []},
        },
    ),
    *unknown(
        "NFR-4.1",
        CredentialFileFacts,
        {
            "git knows nothing of it": {"git": False, "ignored_by": None},
            "an empty context": {"contexts 0 bytes": 0},
        },
    ),
    *unknown(
        "NFR-4.4",
        CommandFacts,
        {
            "what is printed was not seen": {"revealed": []},
            "one did not end": {"runs 0 status": -1},
        },
    ),
    *unknown(
        "NFR-4.4 NFR-4.5",
        CommandFacts,
        {"no credential is named": {"credentials": []}, "a new command": {"untried": ["sing"]}},
    ),
    *unknown(
        "FR-4.4",
        ByHandFacts,
        {"a busy machine, on which staging was late": {"failed steps": ["ask", "staging"]}},
    ),
    *unknown(
        "G-2.3 NFR-2.2",
        FailedReleaseFacts,
        {"a busy machine, on which no release came to its fault": {"runs 1 reached": False}},
    ),
    *unknown("NFR-4.5", CommandFacts, {"no process was seen": {"caught": False}}),
    *unknown("NFR-4.6", TraceFacts, {"an empty log": {"sizes log": 0}}),
    *unknown(
        "NFR-4.6",
        DeployedTraceFacts,
        {
            "the Worker said nothing": {"sizes worker": 0},
            "no job said anything": {"sizes jobs": 0},
            "its container never ran": {"served": False},
            "no credential was used": {"credentials": []},
            "an action of another repository": {"beyond": "the action docker/build-push-action@v6"},
        },
    ),
    *unknown(
        "FR-5.3 FR-5.4 FR-5.5 G-2.2 US-2.1",
        PushRunFacts,
        {"nothing was pushed": {"runs": []}, "it was not run": {"beyond": "the action a/b@v1"}},
    ),
    *unknown("FR-5.5 US-2.1", PushRunFacts, {"only what is well was pushed": {"runs 1": GONE}}),
    *unknown(
        "G-1.3",
        MemoryFacts,
        {
            "a small machine": {"trials": [], "free": 2 * GIB},
            "a machine that swaps all the time": {"trials 0 ended": False, "trials 0 lived": False},
        },
    ),
    *unknown(
        "G-1.3",
        DeploymentFacts,
        {
            "no deployment yet": {"files": [], "containers": []},
            "a type that came later": {"containers 0 memory": None},
        },
    ),
    *unknown(
        "US-3.1",
        WorkspaceFacts,
        {"no shell": {"opened": False, "sources": {}, "state": {}, "tools": {}, "logs": 0}},
    ),
)
"""What cannot be known here, and must be neither a pass nor a failure."""

RIGHT: tuple[Variant, ...] = (
    *passes(
        MissingCredentialFacts,
        {
            "it says so in its own words, and where to get one": {
                "runs 0 errors": [
                    "CLOUDFLARE_API_TOKEN?",
                    "make one, then export CLOUDFLARE_API_TOKEN",
                ]
            }
        },
    ),
    *passes(
        MountFacts,
        {
            "mounted elsewhere": {"mounts 0 target": "/srv/.claude"},
            "a slow machine": {"mounts 1 seconds": 1.4},
        },
    ),
    *passes(
        BaseUseFacts,
        {
            "pulled now": {"origin": "pulled"},
            "nothing to build": {"built": []},
            "a step that only talks of cargo": {"steps 0": "RUN /bin/sh -c echo no cargo needed"},
            "a package whose name holds pip": {
                "steps 0": "RUN /bin/sh -c apt-get install pipx-doc"
            },
            "a cache of pip's is removed": {
                "steps 0": "RUN |1 pip=1 /bin/sh -c apt-get update && rm -rf /root/.cache/pip"
            },
            "a step that sees that there is no cargo": {
                "steps 0": "RUN /bin/sh -c set -e; if command -v cargo; then exit 1; fi # buildkit"
            },
            "a directory that is named so": {"steps 0": "WORKDIR /srv/uv"},
            "a label that says so": {"steps 0": "/bin/sh -c #(nop)  LABEL has=no cargo"},
        },
    ),
    *passes(
        PortFacts,
        {
            "on both loopbacks": {"bindings 3000": ["127.0.0.1", "::1"]},
            "declared on another loopback": {"declared 3000": ["127.0.0.2", "::1"]},
        },
    ),
    *passes(DevModeFacts, {"recovery runs beside": {"starts 1 served": False}}),
    *passes(BaseFacts, {"pulled": {"origin": "pulled", "why": ""}}),
    *passes(MemoryFacts, {"cgroups of version 1": {"cgroup": 1}}),
    *passes(
        DeploymentFacts,
        {"a custom instance": {"containers 0 instance_type": "custom"}},
    ),
    *passes(SaveFacts, {"a busy machine": {"foreign": [0.9] * 20}}),
    *passes(IntervalFacts, {"a busy machine": {"series 0 foreign": [0.9] * 12}}),
    *passes(
        ReloadFacts,
        {
            "a restart that takes its time": {"saves 0 noticed": 4.2},
            "clocks that differ a little": {"saves 1 lines": [{"seconds": -0.05}]},
            "two restarts in a burst": {"bursts 0 restarts": 2},
        },
    ),
    *passes(DevStartFacts, {"a gateway that says much": {"chatter": 900}}),
    *passes(
        CredentialFileFacts,
        {"ignored by a file below": {"ignored_by": "deploy/.gitignore"}},
    ),
    *passes(
        LifecycleFacts,
        {
            "a stricter mode": {"env_mode": 0o400},
            "make dev stays in front of it": {"first status": None, "second status": None},
        },
    ),
    *passes(FallbackFacts, {"make dev stays in front of it": {"status": None}}),
    *passes(
        LayerCacheFacts,
        {
            "a crate by its version alone": {
                "keys 0 inputs": 0,
                **{f"probes {it}": GONE for it in (20, 19, 18)},
            }
        },
    ),
    *passes(CommandFacts, {"a command that fails": {"runs 0 status": 1}}),
    *passes(QuietSaveFacts, {"a slow look": {"seconds": 12.0}}),
    *passes(
        PushRunFacts,
        {
            "a slower machine than GitHub's": {"runs 0 jobs 3 seconds": 75.0},
            "a job of a called workflow": {"runs 0 jobs 0 limit": None},
        },
    ),
    *passes(LifecycleFacts, {"a slow first run": {"first": {**_UP, "seconds": 340.0}}}),
)
"""What is unusual and right, and must fail nothing."""
