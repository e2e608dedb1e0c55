"""Build the production image's content by one naive stage, and hold it beside the stages.

The one stage is built cold once and once after a change of sources. How it fares over the recorded
pull requests is worked out from what each step took in the cold build: from the first step on that
was changed, or copies something that was, all of it runs again.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from operator import eq
from pathlib import Path

from harness.benchmark.one_stage import Built, OneStage, Step
from harness.benchmark.processors import model
from harness.console import log
from harness.criteria.environment import EngineInfo, Machine
from harness.criteria.facts import python_tool, replay, rust_tool
from harness.criteria.facts.checkout import fresh_copy
from harness.criteria.facts.layer_cache import SOURCES, Rebuild, rebuilt
from harness.criteria.facts.source_edit import make
from harness.criteria.judge import runtime as judge
from harness.docker.build_trace import BuildTrace
from harness.docker.dockerfile import Dockerfile, Instruction, Stage
from harness.docker.files import differing, files_of
from harness.docker.inputs import context_files
from harness.docker.production import Wanted, build_production
from harness.docker.production_image import ProductionImage
from harness.docker.record import BuildStep
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.fixtures.copy import working_copy
from harness.project import Project

__all__ = ["LOCKS", "found_done", "measure"]

LOCKS = ("deploy/python/requirements.lock", "deploy/gateway/package-lock.json")
_RUST = "/opt/loa/rust"
_DOCKERFILE = "acceptance/benchmarks/naive/Dockerfile"

_Cold = tuple[ProductionImage, tuple[Step, ...]]


def measure(project: Project, engine: Engine, shipped: str) -> OneStage:
    """Measure both, which takes as long as Rust's compiler does, and some minutes.

    Args:
        project: The checkout.
        engine: Where the images are built.
        shipped: The production image, which is there.

    Raises:
        ImageError: The one stage does not build, or what it gives does not do the same.
    """
    at, machine = datetime.now(UTC), Machine.observe()
    stages = _stages(project, engine, shipped)
    with _naive(project) as copy, _cold(copy, engine) as (image, steps):
        _see_that_it_works(copy, engine, image.reference)
        rust = [files_of(engine, it, _RUST) for it in (shipped, image.reference)]
        rebuild = rebuilt(copy, engine, SOURCES)
    seconds = [it.seconds for it in steps]
    return OneStage(
        at=at,
        machine=machine,
        processor=model(),
        engine=EngineInfo.observe(engine),
        stages=stages,
        naive=_built(image.size or 0, rebuild, *_replayed(project, seconds)),
        cold_seconds=round(image.seconds, 1),
        steps=steps,
        again={name: _again(project, seconds, name) for name in LOCKS},
        rust_differs=tuple(differing(*rust)),
    )


def found_done(project: Project, edit: Callable[[Project], object]) -> tuple[int, int]:
    """Return how many steps of the one stage are found done after an edit, and of how many."""
    with _naive(project) as copy:
        before = _steps(copy)
        edit(copy)
        after = _steps(copy)
    return sum(takewhile(bool, map(eq, before, after))), len(after)


def _stages(project: Project, engine: Engine, shipped: str) -> Built:
    with working_copy(project) as copy:
        rebuild = rebuilt(copy, engine, SOURCES)
    replayed = replay.observe(project, engine)
    size = int(engine.client.images.get(shipped).attrs["Size"])
    return _built(size, rebuild, replayed.by_count, replayed.by_seconds)


def _built(size: int, rebuild: Rebuild, by_count: float | None, by_seconds: float | None) -> Built:
    return Built(
        bytes=size,
        rebuild_seconds=rebuild.seconds,
        stale=tuple(name for name in rebuild.files if name not in rebuild.held),
        by_count=None if by_count is None else round(by_count, 4),
        by_seconds=None if by_seconds is None else round(by_seconds, 4),
    )


def _naive(project: Project) -> AbstractContextManager[Project]:
    """Return a copy of the checkout whose production image has the one stage."""
    return fresh_copy(project, {"image": {"dockerfile": _DOCKERFILE}})


@contextmanager
def _cold(copy: Project, engine: Engine) -> Iterator[_Cold]:
    """Build the one stage with nothing there."""
    tag = f"{copy.config.project.name}-harness/naive:{uuid.uuid4().hex[:12]}"
    trace = copy.state_dir / "naive.json"
    with log.step("building one naive stage") as step:
        wanted = Wanted(tag=tag, no_cache=True, trace=trace)
        image = build_production(copy, engine, wanted, on_progress=step.detail)
    if image.hits.by_count is None:
        raise ImageError(f"{tag}: {image.hits.problem}", "nothing can be worked out from that")
    try:
        yield image, _timed(trace)
    finally:
        engine.client.images.remove(tag, force=True)


def _timed(trace: Path) -> tuple[Step, ...]:
    """Return the steps of a build in the order of the file."""
    done = BuildTrace.model_validate_json(trace.read_bytes()).steps
    steps = [(BuildStep(it.name), it.seconds) for it in done]
    steps.sort(key=lambda it: int(it[0].place[2]))
    return tuple(Step(instruction=it.instruction, seconds=seconds) for it, seconds in steps)


def _see_that_it_works(copy: Project, engine: Engine, image: str) -> None:
    """See that the image holds what production's does, or nothing is compared with it."""
    rust = judge.rust_tools(rust_tool.observe(copy, engine, image), None)
    python = judge.python_tools(python_tool.observe(engine, image), None)
    for judged in (rust, python):
        if judged.reason:
            raise ImageError(f"{image} does not do what production does: {judged.reason}")


def _replayed(project: Project, seconds: Sequence[float]) -> tuple[float, float]:
    """Return the shares found done by count and by seconds, over the recorded pull requests."""
    kinds = replay.recorded()
    by_count = by_seconds = 0.0
    for touches, commits in kinds:
        done, steps = found_done(project, partial(make, kinds=touches))
        by_count += commits * done / steps
        by_seconds += commits * sum(seconds[:done]) / sum(seconds)
    all_commits = sum(commits for _, commits in kinds)
    return by_count / all_commits, by_seconds / all_commits


def _again(project: Project, seconds: Sequence[float], name: str) -> float:
    def edit(copy: Project) -> None:
        with (copy.root / name).open("a", encoding="utf-8") as file:
            file.write("\n")

    done, _ = found_done(project, edit)
    return round(sum(seconds[done:]), 1)


def _steps(copy: Project) -> list[tuple[str, Sequence[tuple[str, bytes]]]]:
    """Return what each step does, with the files that it takes."""
    path = copy.root / copy.config.image.dockerfile
    (stage,) = Dockerfile.read(path).stages
    return [
        (it.value, _taken(copy.root, path, stage, it)) for it in stage.instructions if it.is_step
    ]


def _taken(root: Path, path: Path, stage: Stage, it: Instruction) -> list[tuple[str, bytes]]:
    sources = replace(stage, instructions=(it,)).sources()
    files = [(name, root / name) for name in context_files(root, path, sources)]
    return [(name, file.read_bytes() if file.is_file() else b"") for name, file in files]
