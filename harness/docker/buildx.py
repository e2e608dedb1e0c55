"""docker buildx: the only place that builds its command lines."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import stamina

from harness import process
from harness.docker.build_errors import explain
from harness.docker.build_trace import BuildTrace
from harness.docker.record import BuildRecord, BuildStep
from harness.engine.model import Engine
from harness.errors import ImageError, ToolError
from harness.scratch import scratch

__all__ = [
    "OWN_BUILDER",
    "BuildResult",
    "BuildSettings",
    "NotCachedError",
    "build",
    "probe",
    "secrets",
]

OWN_BUILDER = "default"
"""The engine's own builder: it sees the engine's images; one that a person made may not."""

# Docker's own predefined build arguments: not part of the cache key, not in the image's history.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
_CA_BUNDLE = "HARNESS_CA_BUNDLE"
# Where other programs on this machine are told the same.
_OTHER_CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_SECRETS = {
    "ca": _CA_BUNDLE,
    "npmrc": "HARNESS_NPMRC",
    "pip": "HARNESS_PIP_CONFIG",
    "cargo": "HARNESS_CARGO_CONFIG",
    "apt": "HARNESS_APT_CONFIG",
}


# What buildx calls them in its metadata file.
_DIGEST, _CONFIG_DIGEST = "containerimage.digest", "containerimage.config.digest"


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """What is built.

    Attributes:
        context: The directory that the build may take files from.
        dockerfile: The file that says how.
        tag: The name of the result.
        target: The stage to build; the last one if empty.
        build_args: Values of its build arguments.
        contexts: What to use instead of an image or stage, by the name in the file.
        labels: Labels to add to the image.
        epoch: The time that the image says it was made at, seconds since 1970; now if zero.
        platform: `linux/arm64` and the like, several with commas; the builder's own if empty.
        builder: The builder that does the work, as `docker buildx ls` shows it.
        push: Push the result under its tag, and leave nothing on the engine.
        cache_only: Keep no image at all, only the finished steps.
        cache_from: Where to look for finished steps, as buildx takes it; repeatable.
        cache_to: Where to leave them.
        ca_bundle: Certificates to trust on top; else what `secrets` finds.
        no_cache: Run every step again.
        again: Run the steps of these stages again.
        must_be_cached: Give up as soon as a command of one of these stages has to run.
        trace: The file that takes what the build did, however it ends.
    """

    context: Path
    dockerfile: Path
    tag: str
    target: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    epoch: int = 0
    platform: str = ""
    builder: str = OWN_BUILDER
    push: bool = False
    cache_only: bool = False
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    no_cache: bool = False
    again: tuple[str, ...] = ()
    must_be_cached: frozenset[str] = frozenset()
    trace: Path | None = None


@dataclass(frozen=True)
class BuildResult:
    """A build that succeeded.

    Attributes:
        image_id: Of the image that was built, its configuration's digest; empty if for several
            platforms.
        digest: What the registry knows it by, of the manifest or, for several platforms, of the
            index; empty if it was not pushed.
        seconds: How long it took, export included.
        steps: The executed or cached steps, see `harness.docker.record`.
    """

    image_id: str
    digest: str
    seconds: float
    steps: tuple[BuildStep, ...]

    @property
    def cached(self) -> int:
        """How many of the steps were there already."""
        return sum(step.cached for step in self.steps)


def secrets(ca_bundle: Path | None = None) -> dict[str, Path]:
    """Return the files that builds are given as secrets, by the secret's id.

    Each comes from an environment variable that names a file: certificates to trust
    (HARNESS_CA_BUNDLE, else what this machine's other programs are told to trust) and the settings
    of npm, pip, cargo and apt (HARNESS_NPMRC, HARNESS_PIP_CONFIG, HARNESS_CARGO_CONFIG,
    HARNESS_APT_CONFIG).

    Args:
        ca_bundle: Certificates to trust, whatever the environment says.

    Raises:
        ImageError: A file that is named is not there.
    """
    if ca_bundle and not ca_bundle.is_file():
        raise ImageError(f"--ca-bundle: {ca_bundle} is no file", "name another")
    named = {key: os.environ.get(variable) for key, variable in _SECRETS.items()}
    files = {key: Path(value) for key, value in named.items() if value}
    for key, path in files.items():
        if not path.is_file():
            raise ImageError(f"{_SECRETS[key]}: {path} is no file", "correct or unset it")
    others = [Path(os.environ[name]) for name in _OTHER_CA_BUNDLES if name in os.environ]
    known = next((path for path in others if path.is_file()), None)
    given = {"ca": ca_bundle} if ca_bundle else {}
    return ({"ca": known} if known else {}) | files | given


def build(
    engine: Engine,
    settings: BuildSettings,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Build an image, and leave it on the engine under its tag or in its registry.

    Args:
        engine: The engine to build on, with the BuildKit inside it.
        settings: What to build.
        on_progress: Called with what the build is doing just now.
        on_stage: Called with each stage of which a command runs.

    Raises:
        ImageError: The build failed; the message names the step, its last lines are printed.
        NotCachedError: A stage that had to be there already was not.
    """
    started = time.monotonic()
    with scratch("build") as place:
        about = place / "metadata.json"
        try:
            record = _run(engine, settings, about, _Follower(on_progress, on_stage).look)
        except _AbandonedError as error:
            raise _abandoned(settings) from error
        said = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    seconds = time.monotonic() - started
    digest = str(said.get(_DIGEST, "")) if settings.push else ""
    return BuildResult(_image_id(engine, settings, said), digest, seconds, tuple(record.steps))


def probe(
    engine: Engine, settings: BuildSettings, *, enough: Callable[[BuildRecord], bool]
) -> tuple[BuildStep, ...]:
    """Begin a build to see what of it would have to run, and break it off when that is seen.

    Args:
        engine: The engine to build on.
        settings: What to build; no image is kept.
        enough: Asked whenever BuildKit tells something; ends the build.

    Raises:
        ImageError: As `build`.
    """
    seen: list[BuildRecord] = []

    def look(record: BuildRecord) -> None:
        seen[:] = [record]
        if enough(record):
            raise _EnoughError

    with scratch("build") as place:
        settings = replace(settings, cache_only=True)
        try:
            _run(engine, settings, place / "metadata.json", look)
        except _EnoughError:
            pass
        except _AbandonedError as error:
            raise _abandoned(settings) from error
    return tuple(seen[0].steps) if seen else ()


class _Follower:
    """Tells what a build is doing, whenever it does something else."""

    def __init__(self, on_progress: Callable[[str], None], on_stage: Callable[[str], None]) -> None:
        self._on_progress, self._on_stage = on_progress, on_stage
        self._doing = ""
        self._stages: set[str] = set()

    def look(self, record: BuildRecord) -> None:
        """Take the record as it is now."""
        if record.doing == self._doing:
            return
        self._doing = record.doing
        self._on_progress(record.doing)
        for stage in {step.stage for step in record.at_work if step.stage} - self._stages:
            self._stages.add(stage)
            self._on_stage(stage)


class _EnoughError(Exception):
    """What was to be seen of a build has been seen."""


def _abandoned(settings: BuildSettings) -> ImageError:
    return ImageError(
        f"{settings.tag}: an earlier build was broken off, and BuildKit still waits for it",
        "try again in a minute",
    )


def _image_id(engine: Engine, settings: BuildSettings, said: Mapping[str, Any]) -> str:
    if settings.push or settings.cache_only:
        return str(said.get(_CONFIG_DIGEST, ""))
    return str(engine.client.images.get(settings.tag).id)


class NotCachedError(ImageError):
    """A stage would have had to be built, and that was not wanted."""


class _AbandonedError(Exception):
    """BuildKit made this build share a step with one whose client has been killed.

    Such a step waits for secrets that nobody can send any more. BuildKit lets go of it soon.
    """


@stamina.retry(on=_AbandonedError, attempts=10, timeout=60, wait_initial=0.2)
def _run(
    engine: Engine, settings: BuildSettings, about: Path, look: Callable[[BuildRecord], None]
) -> BuildRecord:
    record = BuildRecord()

    def take(line: str) -> None:
        record.feed(line)
        _give_up(settings, record)
        look(record)

    command = [*_command(engine, settings), "--metadata-file", str(about), str(settings.context)]
    variables = {**engine.variables, "BUILDX_BUILDER": settings.builder}
    try:
        process.stream(command, take, what="docker buildx", env=variables)
    except ToolError as error:
        said = f"{record.failed.error if record.failed else ''} {error.output}"
        if "no active session" in said:
            raise _AbandonedError from error
        what = f"building {settings.target or settings.tag} from {settings.dockerfile.name}"
        raise explain(what, record, error.output) from error
    finally:
        if settings.trace:
            BuildTrace.of(settings.tag, record).write(settings.trace)
    return record


def _give_up(settings: BuildSettings, record: BuildRecord) -> None:
    """End a build, by raising, that has begun what it must not have to do."""
    for step in record.at_work if settings.must_be_cached else ():
        if step.stage in settings.must_be_cached:
            raise NotCachedError(
                f"stage {step.stage} is not in the build cache, and building it takes long",
                "`harness build` builds it, once",
            )


def _command(engine: Engine, settings: BuildSettings) -> list[str]:
    words = [str(engine.program), "buildx", "build", "--progress=rawjson"]
    if settings.cache_only:
        words += ["--output", "type=cacheonly"]
    else:
        words += ["--push" if settings.push else "--load", "--tag", settings.tag]
    words += ["--file", str(settings.dockerfile)]
    words += ["--target", settings.target] if settings.target else []
    words += ["--platform", settings.platform] if settings.platform else []
    words += ["--no-cache"] if settings.no_cache else []
    words += [f"--no-cache-filter={stage}" for stage in settings.again]
    # What an attestation holds changes with every build, and some engines cannot store one.
    words += ["--provenance=false"]
    words += [f"--cache-from={it}" for it in settings.cache_from]
    words += [f"--cache-to={it}" for it in settings.cache_to]
    words += _pairs("--build-arg", settings.build_args)
    if settings.epoch:
        words += ["--build-arg", f"SOURCE_DATE_EPOCH={settings.epoch}"]
    words += _pairs("--build-context", settings.contexts)
    words += _pairs("--label", settings.labels)
    # Without a value it comes from the environment: no command line shows a proxy's password.
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        words += ["--build-arg", name] if name in os.environ else []
    for key, path in secrets(settings.ca_bundle).items():
        words += ["--secret", f"id={key},src={path}"]
    return words


def _pairs(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]
