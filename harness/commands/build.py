"""`harness build`: the production image, with today's cache keys and what each stage took."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Option

from harness.console import log
from harness.criteria.argument_table import table
from harness.docker import push_access
from harness.docker.hits import Hits
from harness.docker.image_index import ARCHITECTURES
from harness.docker.login import logged_in
from harness.docker.production import Wanted, build_ahead, build_production, name_to_push
from harness.docker.production_image import ProductionImage
from harness.docker.reference import by_digest, tagged
from harness.engine.model import Engine
from harness.errors import UsageError
from harness.fixtures.engine import engine
from harness.github import outputs
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["build"]

_MEGABYTE = 1_000_000
_LONG = {"rust-builder": ": 14 to 26 minutes on two idle cores, and its result is kept"}

Target = Annotated[
    str, Option("--target", metavar="STAGE", help="Build this stage; the last one otherwise.")
]
Tag = Annotated[
    str, Option("--tag", metavar="NAME[:TAG]", help="The image's name; else stage and commit.")
]
Push = Annotated[
    bool, Option("--push", help="Push it: under --tag, else under its commit beside the published.")
]
ForIndex = Annotated[
    bool,
    Option("--for-index", help="Push it under commit and processor, for `harness image index`."),
]
CacheFrom = Annotated[
    list[str] | None,
    Option("--cache-from", metavar="CACHE", help="Look for finished steps there; repeatable."),
]
CacheTo = Annotated[
    list[str] | None,
    Option("--cache-to", metavar="CACHE", help="Leave finished steps there; repeatable."),
]
CaBundle = Annotated[
    Path | None, Option("--ca-bundle", metavar="FILE", help="Certificates to trust on top.")
]
Builder = Annotated[
    str, Option("--builder", metavar="NAME", help="Let this buildx builder do the work.")
]
Platform = Annotated[
    str, Option("--platform", metavar="OS/ARCH", help="Build for this one; several with commas.")
]
RegistryCache = Annotated[
    bool,
    Option("--registry-cache", help="Share finished steps through the published image's registry."),
]
Ahead = Annotated[
    bool,
    Option("--ahead", help="Build next month's and next week's stages into that cache instead."),
]
Arguments = Annotated[
    bool, Option("--arguments", help="Only print the table of build arguments, in Markdown.")
]
NoCache = Annotated[bool, Option("--no-cache", help="Run every step again.")]
Trace = Annotated[
    Path | None,
    Option("--trace", metavar="FILE", help="Write what each step did there, as JSON."),
]


def build(  # noqa: PLR0913 -- one for each option
    *,
    target: Target = "",
    tag: Tag = "",
    push: Push = False,
    for_index: ForIndex = False,
    cache_from: CacheFrom = None,
    cache_to: CacheTo = None,
    ca_bundle: CaBundle = None,
    builder: Builder = "",
    platform: Platform = "",
    registry_cache: RegistryCache = False,
    ahead: Ahead = False,
    no_cache: NoCache = False,
    trace: Trace = None,
    arguments: Arguments = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Build the production image; each stage runs again when its cache key changes.

    The first build compiles two Rust programs, which takes 14 to 26 minutes on two cores.
    """
    log.json_mode = json
    if arguments:
        log.say(table(Project.find(project)).rstrip())
        return
    wanted = Wanted(
        target=target,
        tag=tagged(tag) if tag else "",
        push=push,
        for_index=for_index,
        builder=builder,
        platform=platform,
        cache_from=tuple(cache_from or ()),
        cache_to=tuple(cache_to or ()),
        ca_bundle=ca_bundle.absolute() if ca_bundle else None,
        registry_cache=registry_cache or ahead,
        no_cache=no_cache,
        trace=trace.absolute() if trace else None,
    )
    _refuse(wanted, ahead=ahead)
    checkout = Project.find(project)
    with ExitStack() as stack:
        stack.enter_context(logged_in(wanted.tag or checkout.config.image.published))
        if push:
            push_access.require(wanted.tag or name_to_push(checkout))
        images = _build(checkout, stack.enter_context(engine()), wanted, ahead=ahead)
    for image in images:
        _tell(image)


def _build(
    checkout: Project, found: Engine, wanted: Wanted, *, ahead: bool
) -> list[ProductionImage]:
    if ahead:
        with log.step("building the stages of the time to come") as step:
            return build_ahead(checkout, found, wanted, on_progress=step.detail, on_stage=_announce)
    with log.step(f"building {wanted.target or 'the production image'}") as step:
        return [
            build_production(checkout, found, wanted, on_progress=step.detail, on_stage=_announce)
        ]


def _announce(stage: str) -> None:
    log.note(f"building stage {stage}{_LONG.get(stage, '')}")


def _refuse(wanted: Wanted, *, ahead: bool) -> None:
    if "@" in wanted.tag:
        raise UsageError(
            f"--tag {wanted.tag} holds a digest, which only what is built gives it",
            "--tag NAME:TAG",
        )
    if wanted.push and wanted.tag and "/" not in wanted.tag:
        raise UsageError(f"--tag {wanted.tag} names no registry", "--tag REGISTRY/NAME:TAG")
    if "," in wanted.platform and not (wanted.push and wanted.builder):
        raise UsageError(
            "an engine holds an image for one platform only",
            "push it from a builder: --push --builder NAME",
        )
    if "," in wanted.platform and wanted.registry_cache:
        raise UsageError(
            "the registry's cache is of one processor, and --platform names several",
            "build for one at a time, or name caches of your own: --cache-from, --cache-to",
        )
    if wanted.for_index:
        _refuse_for_index(wanted)
    if wanted.trace and ahead:
        raise UsageError("--trace tells of one build, --ahead makes two", "leave one of them out")


def _refuse_for_index(wanted: Wanted) -> None:
    """Refuse what would be pushed under the name of another stage, or of another processor."""
    if wanted.tag or wanted.target or not wanted.push:
        raise UsageError(
            "--for-index names the whole image that is pushed",
            "use it with --push, without --tag and --target",
        )
    known = [f"linux/{it}" for it in ARCHITECTURES]
    if wanted.platform not in known and (wanted.platform or wanted.builder):
        raise UsageError(
            "--for-index has to know whose image it is", f"--platform {' or '.join(known)}"
        )


def _tell(image: ProductionImage) -> None:
    """Say what was built: to people, to programs and to the steps of a workflow that follow."""
    log.emit(asdict(image))
    _print(image)
    if image.digest:
        name = by_digest(image.reference, image.digest)
        outputs.write({"image": name, "digest": image.digest})


def _print(image: ProductionImage) -> None:
    for it in image.stages:
        log.say(f"{it.stage:16} {it.cached:2} of {it.steps:2} steps cached  {it.seconds:7.1f} s")
    log.say(_rate(image.hits))
    size = f"{image.size / _MEGABYTE:.0f} MB" if image.size is not None else "in its registry only"
    log.say(
        f"{image.reference}  {image.platform}  {size}  "
        f"revision {image.revision[:12]}  {image.seconds:.1f} s"
    )
    if image.digest:
        pulled = f", {image.compressed / _MEGABYTE:.0f} MB to pull" if image.compressed else ""
        log.say(f"pushed as {image.digest}{pulled}")


def _rate(found: Hits) -> str:
    line = f"cache hits: {found.cached} of {found.steps} steps"
    line += f" ({found.by_count:.0%})" if found.by_count is not None else ""
    if found.by_seconds is not None and found.seconds_saved is not None:
        line += f", {found.by_seconds:.1%} of the time ({found.seconds_saved:.0f} s saved)"
    return f"{line}; no rate by time: {found.problem}" if found.problem else line
