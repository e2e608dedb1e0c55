"""Sabotaged facts of FR-6, G-3 and R-1.2: the production image, its layers, its verification."""

from harness.criteria.facts.framework import FrameworkFacts
from harness.criteria.facts.layer_cache import LayerCacheFacts
from harness.criteria.facts.python_tool import PythonToolFacts
from harness.criteria.facts.replay import ReplayFacts
from harness.criteria.facts.rust_tool import RustToolFacts
from harness.criteria.facts.size import SizeFacts
from harness.criteria.facts.stage_use import StageUseFacts
from harness.criteria.facts.verification import VerificationFacts
from tests.can_fail.variants.variant import GONE, Variant, fails, unknown

__all__ = ["UNKNOWN", "WRONG"]

_RUST = "rust-builder"
_OTHERS = ("python-builder", "gateway-builder", "system")
_ONLY = {
    "stage": "runtime",
    "argument": "A_KEY",
    "own": True,
    "builder": False,
    "known": False,
    "changes": [],
    "inputs": 1,
}
_OWN_NAME = {"keys 0 argument": "RUST_MONTH", "keys 0 known": False, "keys 0 changes": []}
_LOOK = {
    "place": "lint.yml: job size, step 1",
    "runs": [
        {"image": name, "status": int(name == "missing"), "said": ""}
        for name in ("good", "foreign", "unlabelled", "missing")
    ],
}
_CRANE = {"place": "a.yml: job a, step 1", "runs": [], "beyond": "uses crane"}
_HALF = {
    "touches": ["grimoires"],
    "commits": 1,
    "files": ["a.md"],
    "held": ["a.md"],
    "steps": 10,
    "cached": 5,
    "by_count": 0.5,
    "by_seconds": 0.9,
    "seconds": 9.0,
    "problem": "",
}

WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-6.1",
        RustToolFacts,
        {
            "ck is not there": {"ck status": 127, "ck said": "sh: ck: not found"},
            "ck is a script that says yes": {"ck said": "yes"},
            "ck finds nothing": {"search status": 1, "search said": ""},
            "ck finds something else": {"search said": "other.md:1:nothing of it"},
            "br does not start for want of a library": {"br status": 127},
            "br forgets what it made": {"issues said": "No issues found."},
            "br makes nothing": {"issues status": 2},
        },
    ),
    *fails(
        "FR-6.2",
        PythonToolFacts,
        {
            "patchright is missing": {"imports status": 1},
            "torch does not load": {"embedding status": 1, "length": 0},
            "the model knows no meaning": {"near": 0.4, "far": 0.4},
            "an empty embedding": {"length": 0},
            "torch is built for CUDA": {"libraries": 9},
        },
    ),
    *fails(
        "FR-6.1",
        StageUseFacts,
        {
            "the tools are downloaded": {"stages": ["python-builder", "runtime"]},
            "the stage has another name": {"stages": ["rust", "python-builder", "runtime"]},
        },
    ),
    *fails(
        "FR-6.2",
        StageUseFacts,
        {
            "the packages are installed in the end": {"stages": ["rust-builder", "runtime"]},
            "the stage has another name": {"stages": ["rust-builder", "python", "runtime"]},
        },
    ),
    *fails("FR-6.1 FR-6.2", StageUseFacts, {"one stage": {"stages": ["runtime"]}}),
    *fails(
        "FR-6.3",
        FrameworkFacts,
        {
            "an old Node": {"node said": "v20.11.0"},
            "no gateway": {"gateway status": 127, "gateway said": "clawdbot: not found"},
            "it does not start": {"healthy": False, "layer": None},
            "the gateway serves without the layer": {"layer": None},
        },
    ),
    *fails(
        "FR-6.5",
        SizeFacts,
        {
            "torch for CUDA": {"uncompressed": 9_400_000_000},
            "a toolchain that stayed": {"uncompressed": 4_000_000_000},
            "nothing in it": {"layers": 0},
            "a registry has more": {"compressed": 4_100_000_000},
        },
    ),
    *fails(
        "G-3.1",
        LayerCacheFacts,
        {
            "sources come before it": {"rebuild found": [*_OTHERS], "rebuild ran": [_RUST]},
            "its lock is not looked at": {"probes 18 ran": []},
            "a key of the week": {"keys 0 changes": ["week", "month"]},
            "a key that never changes": {"keys 0 changes": []},
            "nobody takes anything from it": {"keys 0 builder": False},
            "its files are all another's too": {f"probes {it}": GONE for it in (20, 19, 18)},
            "sources come before it, whatever its key is called": {
                **_OWN_NAME,
                "rebuild found": [*_OTHERS],
            },
        },
    ),
    *fails(
        "G-3.2",
        LayerCacheFacts,
        {
            "sources come before it": {"rebuild found": [_RUST], "rebuild ran": [*_OTHERS]},
            "its lock is not looked at": {"probes 22 ran": []},
            "a key of the day": {"keys 1 changes": ["day", "week", "month"]},
            "Rust's lock is its own too": {"probes 19 ran": ["RUN pip install"]},
        },
    ),
    *fails(
        "G-3.1 FR-6.4",
        LayerCacheFacts,
        {"Rust is compiled every time": {"probes 0 ran": ["RUN cargo install"]}},
    ),
    *fails(
        "G-3.3",
        LayerCacheFacts,
        {
            "it installs torch each time": {"rebuild seconds": 121.0},
            "it ships what it cloned once": {"rebuild held": []},
            "nothing was changed": {"rebuild files": [], "rebuild held": []},
        },
    ),
    *fails(
        "FR-6.4",
        LayerCacheFacts,
        {
            "a stage without a key": {"keys 3 argument": None},
            "one key for two stages": {"keys 4 own": False},
            "Rust's key builds Python": {"probes 7 ran": ["RUN pip install"]},
            "a key that does nothing": {"probes 15 ran": []},
            "a stage of which nothing is seen": {"probes 13 steps": 0},
        },
    ),
    *fails(
        "FR-6.4 G-3.1 G-3.2 G-3.3",
        LayerCacheFacts,
        {"one stage for all": {"keys": [_ONLY], "probes": []}},
    ),
    *fails(
        "G-3.4",
        ReplayFacts,
        {
            "half of it runs each time": {"builds": [_HALF]},
            "what is found done is stale": {"builds 0 held": []},
        },
    ),
    *fails(
        "R-1.2",
        VerificationFacts,
        {
            "nobody looks": {"jobs": []},
            "nobody looks any more": {"jobs": [], "idle": ["a.yml: job a, step 1: it never runs"]},
            "the wrong processor passes": {"jobs 0 runs 1 status": 0},
            "an unknown version passes": {"jobs 0 runs 2 status": 0},
            "an image that is not there passes": {"jobs 0 runs 3 status": 0},
            "a good image fails": {"jobs 0 runs 0 status": 1},
            "neither of two does it": {"jobs 0 runs 0 status": 1, "jobs 1": _LOOK},
        },
    ),
)

UNKNOWN: tuple[Variant, ...] = (
    *unknown("G-3.1", LayerCacheFacts, {"a key of a name of its own": _OWN_NAME}),
    *unknown(
        "G-3.2",
        LayerCacheFacts,
        {
            "a key of a name of its own": {
                "keys 1 argument": "PYTHON_WEEK",
                "keys 1 known": False,
                "keys 1 changes": [],
            }
        },
    ),
    *unknown(
        "G-3.4",
        ReplayFacts,
        {
            "a record without a step": {"builds 0 by_count": None, "builds 0 problem": "a step"},
            "nothing was replayed": {"builds": []},
        },
    ),
    *unknown(
        "R-1.2",
        VerificationFacts,
        {
            "it was tried on nothing": {"jobs 0 runs": []},
            "it waits for an image that is not there": {"jobs 0 runs 3 status": -1},
            "it has no time for a good one": {"jobs 0 runs 0 status": -1},
            "it cannot be run here": {"jobs 0 runs": [], "jobs 0 beyond": "uses crane"},
            "one of two cannot be run here": {"jobs 0": _CRANE, "jobs 1": _LOOK},
            "it is in another repository": {"jobs": [], "beyond": ["uses octo/x"]},
        },
    ),
    *unknown("FR-6.1", RustToolFacts, {"a busy machine": {"search status": None}}),
    *unknown(
        "FR-6.2",
        PythonToolFacts,
        {
            "no model to compute with": {"model": None},
            "a busy machine": {"embedding status": None, "model": None, "length": 0},
        },
    ),
    *unknown("FR-6.3", FrameworkFacts, {"a busy machine": {"gateway status": None}}),
)
