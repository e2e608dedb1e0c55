"""G-3 and FR-6.4: what of the production image is built again, and what is not."""

from collections.abc import Iterator

from harness.criteria.facts.layer_cache import Key, LayerCacheFacts, Probe
from harness.criteria.facts.replay import ReplayFacts
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["cache_keys", "hit_rate", "python_layer", "runtime_rebuild", "rust_layer"]

_RUST, _PYTHON = "rust-builder", "python-builder"
_CHANGES = {_RUST: ("month",), _PYTHON: ("week", "month")}
_CALLED = {_RUST: "RUST_CACHE_KEY", _PYTHON: "PYTHON_CACHE_KEY"}


@judges("G-3.1")
def rust_layer(facts: LayerCacheFacts) -> Judgement:
    """The Rust stage is built again by its month and its inputs, and by nothing else."""
    return _layer(facts, _RUST)


@judges("G-3.2")
def python_layer(facts: LayerCacheFacts) -> Judgement:
    """The Python stage is built again by its week and its inputs, and by nothing else."""
    return _layer(facts, _PYTHON)


def _layer(facts: LayerCacheFacts, stage: str) -> Judgement:
    key = next((it for it in facts.keys if it.stage == stage), None)
    if key is None or not key.builder:
        return Judgement.of([f"there is no stage {stage} that the image takes files from"])
    problems = list(_of_layer(facts, stage, inputs=key.inputs))
    if key.argument and not key.known:
        unknown = (
            f"`harness build` does not set {stage}'s key {key.argument}, so when it changes cannot"
            f" be told: call it {_CALLED[stage]} (docs/image.md)"
        )
        return Judgement.of(problems, unknown=[unknown])
    if key.changes != _CHANGES[stage]:
        wanted, found = (" and ".join(it) or "nothing" for it in (_CHANGES[stage], key.changes))
        problems.insert(0, f"a {wanted} must change its key, and what does is: {found}")
    return Judgement.of(problems)


def _of_layer(facts: LayerCacheFacts, stage: str, *, inputs: int) -> Iterator[str]:
    if stage not in facts.rebuild.found:
        yield "a change of sources builds it again"
    for probe in facts.probes:
        if probe.target == stage and probe.what != "key":
            yield from _wrong(probe)
    # One that takes no file of the checkout has its month or its week alone.
    if inputs and not any(it.of == stage and it.what == "input" for it in facts.probes):
        yield "no file of the checkout is its own input"


@judges("FR-6.4")
def cache_keys(facts: LayerCacheFacts) -> Judgement:
    """Each stage has a key of its own, which rebuilds it and no other builder stage."""
    problems = [problem for key in facts.keys for problem in _of_key(key)]
    if not any(it.builder for it in facts.keys):
        problems.append("no stage takes files from another: there is only one")
    for probe in facts.probes:
        if probe.what != "input":
            problems += _wrong(probe)
    return Judgement.of(problems)


def _of_key(key: Key) -> Iterator[str]:
    if key.argument is None:
        yield f"stage {key.stage} has no cache key"
    elif not key.own:
        yield f"stage {key.stage} shares its cache key {key.argument} with another"


def _wrong(probe: Probe) -> Iterator[str]:
    if not probe.steps:
        yield f"building {probe.target} with {probe.changed} changed showed no step"
    elif probe.of == probe.target and not probe.ran:
        yield f"{probe.changed} does not build {probe.target} again"
    elif probe.of != probe.target and probe.ran:
        yield f"{probe.changed} builds {probe.target} again"


@judges_limit("G-3.3", "time")
def runtime_rebuild(facts: LayerCacheFacts, limit: Quantity) -> Judgement:
    """After a change of sources only the last stage is built, soon, and the image holds it."""
    rebuild = facts.rebuild
    problems = [f"there is no stage {it}" for it in (_RUST, _PYTHON) if not _is_there(facts, it)]
    lost = [name for name in rebuild.files if name not in rebuild.held]
    problems += [f"the image does not hold the change of {name}" for name in lost]
    problems += [] if rebuild.files else ["nothing was changed"]
    measured = Measurement.of("rebuild", Quantity(rebuild.seconds, "s"), limit)
    return Judgement.of(problems, measurements=[measured])


def _is_there(facts: LayerCacheFacts, stage: str) -> bool:
    return any(it.stage == stage for it in facts.keys)


@judges_limit("G-3.4", "share")
def hit_rate(facts: ReplayFacts, limit: Quantity) -> Judgement:
    """Over the recorded mix of pull requests most steps are found done, and the image is new."""
    problems, unknown = [], []
    for it in facts.builds:
        name = " and ".join(it.touches)
        lost = [file for file in it.files if file not in it.held]
        problems += [f"{name}: the image does not hold the change of {file}" for file in lost]
        if it.by_count is None:
            unknown.append(f"{name}: {it.problem}")
    if not facts.builds:
        return Judgement.unverified("no pull request was replayed")
    measured = []
    if facts.by_count is not None:
        share = Quantity(facts.by_count * 100, "%")
        measured.append(Measurement.of("steps found done", share, limit, "above"))
    if facts.by_seconds is not None:
        measured.append(Measurement(name="time saved", value=facts.by_seconds * 100, unit="%"))
    longest = max(it.seconds for it in facts.builds)
    measured.append(Measurement(name="longest rebuild", value=longest, unit="s"))
    return Judgement.of(problems, unknown=unknown, measurements=measured)
