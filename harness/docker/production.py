"""The image that a release ships: built from a commit, as it says itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.docker import builders, image_index, imagetools, inputs
from harness.docker.buildx import OWN_BUILDER, BuildSettings, build, probe
from harness.docker.cache_keys import cache_keys
from harness.docker.dockerfile import Dockerfile
from harness.docker.images import INPUTS, images_of, platform
from harness.docker.local_build import identity, out_of_reach, stand_ins
from harness.docker.production_image import ProductionImage, describe
from harness.docker.push import push
from harness.docker.record import BuildRecord, BuildStep
from harness.docker.reference import repository
from harness.docker.registry_cache import RegistryCache
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.project import Project

__all__ = [
    "Wanted",
    "build_ahead",
    "build_production",
    "built_before",
    "name_to_push",
    "probe_production",
    "repository_of",
]

Told = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to build, and what to do with it.

    Attributes:
        target: The stage; the last one if empty.
        tag: The image's name; if empty, one that holds stage, commit and another processor than
            the engine's, or when it is pushed, the commit in the published image's repository.
        push: Push it to the registry that the tag names.
        for_index: If no tag is given, have the name say the processor too, for an index.
        cache_only: Keep no image at all, only the finished steps.
        registry_cache: Take finished steps from the published image's repository, and leave them
            there where the builder can.
        builder: The builder that does the work; if empty the engine's own, or for the registry's
            cache one that can export.
        platform: As buildx takes it; the builder's own if empty.
        cache_from: Where to look for finished steps, as buildx takes it.
        cache_to: Where to leave them.
        ca_bundle: Certificates to trust on top.
        build_args: Values of build arguments that win over what the harness works out.
        no_cache: Run every step again.
        again: Run the steps of these stages again.
        must_be_cached: Give up as soon as a command of one of these stages has to run.
        trace: The file that takes what the build did, however it ends.
    """

    target: str = ""
    tag: str = ""
    push: bool = False
    for_index: bool = False
    cache_only: bool = False
    registry_cache: bool = False
    builder: str = ""
    platform: str = ""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    no_cache: bool = False
    again: tuple[str, ...] = ()
    must_be_cached: frozenset[str] = frozenset()
    trace: Path | None = None


def build_production(
    project: Project,
    engine: Engine,
    wanted: Wanted | None = None,
    *,
    on_progress: Told = lambda _: None,
    on_stage: Told = lambda _: None,
) -> ProductionImage:
    """Build a stage of the project's Dockerfile as a release does, with today's cache keys.

    Args:
        project: The checkout; the whole of it is the build's context.
        engine: Where the image is built, unless another builder is named.
        wanted: What to build; all of the file, for this engine, if None.
        on_progress: Called with what the build is doing just now.
        on_stage: Called with each stage of which a command runs.

    Raises:
        ImageError: An image that it stands on cannot be had, a step fails, or the registry refuses.
        NotCachedError: A stage that had to be there already was not.
        UsageError: There is no stage of the name that is wanted.
    """
    wanted = wanted or Wanted()
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    settings = _settings(project, engine, dockerfile, wanted)
    result = build(engine, settings, on_progress=on_progress, on_stage=on_stage)
    if wanted.push and not settings.push:
        result = replace(result, digest=push(engine, settings.tag, on_progress))
    return describe(engine, dockerfile, settings, result)


def built_before(project: Project, engine: Engine) -> str:
    """Return the name of an image that was built here of all the same inputs; empty without one.

    It may say that it is of another commit, and its cache keys may be those of an earlier week.

    Raises:
        ImageError: An image that it stands on cannot be had.
    """
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    wanted = _settings(project, engine, dockerfile, Wanted()).labels[INPUTS]
    found = images_of(engine, f"{INPUTS}={wanted}")
    return next((name for image in found for name in image.tags), "")


def probe_production(
    project: Project, engine: Engine, wanted: Wanted, *, enough: Callable[[BuildRecord], bool]
) -> tuple[BuildStep, ...]:
    """Begin such a build to see what of it would have to run; see `harness.docker.buildx.probe`.

    Raises:
        ImageError: As `build_production`.
    """
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    return probe(engine, _settings(project, engine, dockerfile, wanted), enough=enough)


def build_ahead(
    project: Project,
    engine: Engine,
    wanted: Wanted,
    *,
    on_progress: Told = lambda _: None,
    on_stage: Told = lambda _: None,
) -> list[ProductionImage]:
    """Build the stages that time will make stale, with their coming keys, into the registry.

    Raises:
        ImageError: As `build_production`.
    """
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    wanted = replace(wanted, builder=wanted.builder or builders.exporting(engine))
    export = builders.exports(engine, wanted.builder)
    built = []
    for it in _cache(project, engine, wanted).ahead(dockerfile, datetime.now(UTC)):
        settings = replace(
            wanted,
            target=it.stage,
            build_args=it.build_args,
            cache_only=True,
            cache_to=wanted.cache_to or ((it.cache,) if export else ()),
        )
        built.append(
            build_production(project, engine, settings, on_progress=on_progress, on_stage=on_stage)
        )
    return built


def repository_of(project: Project) -> str:
    """Return the published image's name without its tag."""
    return repository(project.config.image.published)


def name_to_push(project: Project) -> str:
    """Return what the checkout's commit is pushed as where nothing else is said."""
    return f"{repository_of(project)}:{Revision.of(project.root).commit}"


def _settings(
    project: Project, engine: Engine, dockerfile: Dockerfile, wanted: Wanted
) -> BuildSettings:
    revision = Revision.of(project.root)
    stage = wanted.target or dockerfile.stages[-1].name
    keys = cache_keys(project.root, datetime.now(UTC))
    if wanted.registry_cache:
        wanted, keys = _with_registry_cache(project, engine, wanted)
    known = {**revision.build_args, **keys, **wanted.build_args}
    declared = dockerfile.arguments(stage)
    own = wanted.builder in {"", OWN_BUILDER}
    # Another builder does not see what this engine has.
    contexts = _stand_ins(engine, dockerfile, stage, wanted) if own else {}
    return BuildSettings(
        context=project.root,
        dockerfile=dockerfile.path,
        target=wanted.target,
        tag=wanted.tag or _name(project, engine, wanted, stage, revision),
        build_args={name: value for name, value in known.items() if name in declared},
        contexts=contexts,
        # What is pushed is the same wherever it is built, and what bases are called is not.
        labels={} if wanted.push or not own else _labels(project, engine, wanted, contexts),
        epoch=revision.time,
        platform=wanted.platform,
        builder=wanted.builder or OWN_BUILDER,
        # What the engine's own builder made is pushed from the engine, which keeps it.
        push=wanted.push and not own,
        cache_only=wanted.cache_only,
        cache_from=wanted.cache_from,
        cache_to=wanted.cache_to,
        ca_bundle=wanted.ca_bundle,
        no_cache=wanted.no_cache,
        again=wanted.again,
        must_be_cached=wanted.must_be_cached,
        trace=wanted.trace,
    )


def _stand_ins(
    engine: Engine, dockerfile: Dockerfile, stage: str, wanted: Wanted
) -> dict[str, str]:
    """Return what takes the place of images out of reach; it is of this engine's platform only."""
    here = platform(engine)
    if wanted.platform in {"", here}:
        return stand_ins(engine, dockerfile, stage)
    for image, problem in out_of_reach(engine, dockerfile, stage).items():
        raise ImageError(
            f"{image}: {problem}, and a stand-in is for {here}, not for {wanted.platform}",
            "build where its registry can be reached",
        )
    return {}


def _labels(
    project: Project, engine: Engine, wanted: Wanted, contexts: Mapping[str, str]
) -> dict[str, str]:
    """Return the label by which `built_before` finds it: of its inputs, not of month or commit."""
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    names = dockerfile.images(wanted.target)
    bases = {name: identity(engine, contexts.get(name, name)) for name in names}
    args = wanted.build_args
    digest = inputs.digest(project.root, dockerfile, wanted.target, bases=bases, build_args=args)
    # As it always was for the engine's own platform: another digest would build all of it again.
    return {INPUTS: f"{digest}{_elsewhere(engine, wanted)}"}


def _with_registry_cache(
    project: Project, engine: Engine, wanted: Wanted
) -> tuple[Wanted, dict[str, str]]:
    builder = wanted.builder or builders.exporting(engine)
    cache = _cache(project, engine, wanted)
    keys = cache.keys(datetime.now(UTC))
    sources, export = cache.sources(keys), cache.export()
    if not builders.exports(engine, builder):
        # It exports only inside an image, so the published one carries its steps.
        published = f"type=registry,ref={project.config.image.published}"
        sources, export = (published, *sources), "type=inline"
    return (
        replace(
            wanted,
            builder=builder,
            cache_from=(*wanted.cache_from, *sources),
            cache_to=wanted.cache_to or (export,),
        ),
        keys,
    )


def _cache(project: Project, engine: Engine, wanted: Wanted) -> RegistryCache:
    arch = _arch(engine, wanted)
    return RegistryCache(repository_of(project), arch, project.root, imagetools.exists)


def _arch(engine: Engine, wanted: Wanted) -> str:
    return (wanted.platform or platform(engine)).removeprefix("linux/").replace("/", "-")


def _elsewhere(engine: Engine, wanted: Wanted) -> str:
    """Return what tells an image from the engine's own where it is for another platform."""
    own = not wanted.platform or wanted.platform == platform(engine)
    return "" if own else f"-{_arch(engine, wanted)}"


def _name(project: Project, engine: Engine, wanted: Wanted, stage: str, revision: Revision) -> str:
    if wanted.push and wanted.for_index:
        return image_index.name_of(project, revision.commit, _arch(engine, wanted))
    if wanted.push:
        return name_to_push(project)
    tag = f"{revision.commit[:12]}{_elsewhere(engine, wanted)}"
    return f"{project.config.project.name}-harness/{stage}:{tag}"
