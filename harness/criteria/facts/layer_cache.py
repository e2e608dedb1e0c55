"""What of the production image is built again after a change, seen by building it.

A stage that takes long is not built for this: whether it would be is seen when the first of its
commands begins, and the build is broken off there.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import choice
from types import MappingProxyType
from typing import Literal, NamedTuple

from harness.criteria.facts.model import Facts
from harness.criteria.facts.source_edit import holds, make
from harness.docker.cache_keys import cache_keys
from harness.docker.dockerfile import Dockerfile, Stage
from harness.docker.dockerfile_text import pairs
from harness.docker.inputs import context_files
from harness.docker.production import Wanted, build_production, probe_production
from harness.docker.record import BuildRecord
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.project import Project

__all__ = ["SOURCES", "Key", "LayerCacheFacts", "Probe", "Rebuild", "keys_of", "observe", "rebuilt"]

_KEY = re.compile(r"CACHE|KEY|BUST|MONTH|WEEK|DATE", re.IGNORECASE)
# In the middle of a week and of a month.
_A_DAY = datetime(2026, 7, 15, tzinfo=UTC)
_SPANS = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=31)}
SOURCES = ("grimoires", "skills", "identity", "start-script")


class Key(Facts):
    """A stage and the build argument that is its cache key.

    Attributes:
        stage: Its name.
        argument: The argument; None where the stage declares none.
        own: Whether no other stage declares that argument.
        builder: Whether another stage takes files from it.
        known: Whether `harness build` gives it a value; another's builds may give it one else.
        changes: After which of a day, a week and a month `harness build` gives it another value.
        inputs: How many files of the checkout the stage takes, with what it stands on.
    """

    stage: str
    argument: str | None
    own: bool
    builder: bool
    known: bool
    changes: tuple[str, ...]
    inputs: int


class Probe(Facts):
    """A build of one stage with something changed, broken off when the stage's own work begins.

    Attributes:
        changed: A stage's cache key or one of a stage's inputs.
        of: The stage that it belongs to.
        what: What kind of thing was changed.
        target: The stage that was built.
        steps: How many steps of that stage were found done or began.
        ran: Which of them were not found done.
    """

    changed: str
    of: str
    what: Literal["nothing", "key", "input"]
    target: str
    steps: int
    ran: tuple[str, ...]


class Rebuild(Facts):
    """A whole build after a change of sources.

    Attributes:
        kinds: What was changed.
        files: The files that the image must then hold with the change.
        held: Those that it does.
        ran: The stages of which a step was not found done.
        found: The stages of which every step was.
        seconds: What it took, export included.
    """

    kinds: tuple[str, ...]
    files: tuple[str, ...]
    held: tuple[str, ...]
    ran: tuple[str, ...]
    found: tuple[str, ...]
    seconds: float


class LayerCacheFacts(Facts):
    """Everything that was built for it."""

    keys: tuple[Key, ...]
    probes: tuple[Probe, ...]
    rebuild: Rebuild


class _Change(NamedTuple):
    changed: str
    of: str
    what: Literal["nothing", "key", "input"]
    build_args: Mapping[str, str] = MappingProxyType({})


def observe(project: Project, engine: Engine) -> LayerCacheFacts:
    """Change keys, inputs and sources one after the other; the image must be built already."""
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    keys = tuple(keys_of(project, dockerfile))
    builders = [
        it for it in dockerfile.reached() if it.name in {k.stage for k in keys if k.builder}
    ]
    with working_copy(project) as copy:
        probes = [
            *_of_keys(copy, engine, keys, builders),
            *_of_inputs(copy, engine, builders),
            *_of_own_keys(copy, engine, keys, dockerfile),
        ]
    with working_copy(project) as copy:
        rebuild = rebuilt(copy, engine, SOURCES)
    return LayerCacheFacts(keys=keys, probes=tuple(probes), rebuild=rebuild)


def _of_keys(
    copy: Project, engine: Engine, keys: Sequence[Key], builders: Sequence[Stage]
) -> Iterator[Probe]:
    """Build each builder stage with nothing changed, and with the key of each stage."""
    for target in builders:
        yield _probe(copy, engine, _Change("nothing", "", "nothing"), target.name)
        yield from (_probe_key(copy, engine, key, target.name) for key in keys if key.argument)


def _of_own_keys(
    copy: Project, engine: Engine, keys: Sequence[Key], dockerfile: Dockerfile
) -> Iterator[Probe]:
    """Build each other stage with its own key changed, if it has a command to run again."""
    stages = dockerfile.reached()
    run = {it.name for it in stages if any(line.name == "RUN" for line in it.instructions)}
    for key in keys:
        if key.argument and not key.builder and key.stage in run:
            yield _probe_key(copy, engine, key, key.stage)


def _probe_key(copy: Project, engine: Engine, key: Key, target: str) -> Probe:
    name = key.argument or ""
    change = _Change(name, key.stage, "key", {name: uuid.uuid4().hex})
    return _probe(copy, engine, change, target)


def _of_inputs(copy: Project, engine: Engine, builders: Sequence[Stage]) -> Iterator[Probe]:
    """Build each builder stage with one of its own files changed."""
    root, path = copy.root, copy.root / copy.config.image.dockerfile
    own = {it.name: set(context_files(root, path, it.sources())) for it in builders}
    for stage in builders:
        others = set().union(*(files for name, files in own.items() if name != stage.name))
        for name in sorted(own[stage.name] - others):
            with _edited(root / name):
                change = _Change(name, stage.name, "input")
                yield from (_probe(copy, engine, change, it.name) for it in builders)
            break


@contextmanager
def _edited(path: Path) -> Iterator[None]:
    before = path.read_bytes()
    # Blanks change no file's meaning, and these were never built with before.
    path.write_bytes(before + b"\n" + bytes(choice(b" \t") for _ in range(64)) + b"\n")
    try:
        yield
    finally:
        path.write_bytes(before)


def _probe(copy: Project, engine: Engine, change: _Change, target: str) -> Probe:
    def begun(record: BuildRecord) -> bool:
        return any(it.stage == target for it in record.at_work)

    wanted = Wanted(target=target, build_args=change.build_args)
    steps = [
        it for it in probe_production(copy, engine, wanted, enough=begun) if it.stage == target
    ]
    return Probe(
        changed=change.changed,
        of=change.of,
        what=change.what,
        target=target,
        steps=len(steps),
        ran=tuple(it.instruction[:40] for it in steps if not it.cached),
    )


def rebuilt(copy: Project, engine: Engine, kinds: tuple[str, ...]) -> Rebuild:
    """Change sources of a copy, build the image, and look whether it holds the changes."""
    marker, files = make(copy, kinds)
    tag = f"{copy.config.project.name}-harness/rebuilt:{marker}"
    image = build_production(copy, engine, Wanted(tag=tag))
    try:
        return Rebuild(
            kinds=kinds,
            files=files,
            held=holds(engine, tag, marker, files),
            ran=tuple(it.stage for it in image.stages if it.cached < it.steps),
            found=tuple(it.stage for it in image.stages if it.cached == it.steps),
            seconds=round(image.seconds, 1),
        )
    finally:
        engine.client.images.remove(tag, force=True)


def keys_of(project: Project, dockerfile: Dockerfile) -> Iterator[Key]:
    """Yield the key of each stage that the image is made by way of; nothing is built."""
    stages = dockerfile.reached()
    names = {stage.name: _argument(stage) for stage in stages}
    taken_from = _taken_from(dockerfile)
    today = cache_keys(project.root, _A_DAY)
    later = {when: cache_keys(project.root, _A_DAY + span) for when, span in _SPANS.items()}
    for stage, name in names.items():
        inputs = context_files(project.root, dockerfile.path, dockerfile.sources(stage))
        yield Key(
            stage=stage,
            argument=name,
            own=list(names.values()).count(name) == 1,
            builder=stage in taken_from,
            known=name in today,
            changes=tuple(it for it in _SPANS if name and today.get(name) != later[it].get(name)),
            inputs=len(inputs),
        )


def _taken_from(dockerfile: Dockerfile) -> set[str]:
    """Return the stages that others take files from, by COPY or a mount, by name or number."""
    numbers = {str(number): it.name for number, it in enumerate(dockerfile.stages)}
    lines = [line for stage in dockerfile.reached() for line in stage.instructions]
    named = [it for line in lines for it in line.flag("from")]
    named += [it["from"] for line in lines for it in line.mounts if "from" in it]
    return {numbers.get(it, it.lower()) for it in named}


def _argument(stage: Stage) -> str | None:
    lines = [it.value for it in stage.instructions if it.name == "ARG"]
    names = (name for value in lines for name, _ in pairs(value))
    return next((name for name in names if _KEY.search(name)), None)
