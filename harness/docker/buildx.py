"""docker buildx: the only place that builds its command lines."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import stamina

from harness import process
from harness.console import log
from harness.docker.record import BuildRecord, BuildStep
from harness.engine.model import Engine
from harness.errors import ImageError, ToolError

__all__ = ["BuildResult", "BuildSettings", "build", "secrets"]

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
_TAIL = 12


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
    """

    context: Path
    dockerfile: Path
    tag: str
    target: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    epoch: int = 0


@dataclass(frozen=True)
class BuildResult:
    """A build that succeeded.

    Attributes:
        image_id: Of the image that the engine now has.
        seconds: How long it took, export included.
        steps: The executed or cached steps, see `harness.docker.record`.
    """

    image_id: str
    seconds: float
    steps: tuple[BuildStep, ...]

    @property
    def cached(self) -> int:
        """How many of the steps were there already."""
        return sum(step.cached for step in self.steps)


def secrets() -> dict[str, Path]:
    """Return the files that builds are given as secrets, by the secret's id.

    Each comes from an environment variable that names a file: certificates to trust
    (HARNESS_CA_BUNDLE, else what this machine's other programs are told to trust) and the settings
    of npm, pip, cargo and apt (HARNESS_NPMRC, HARNESS_PIP_CONFIG, HARNESS_CARGO_CONFIG,
    HARNESS_APT_CONFIG).

    Raises:
        ImageError: A variable of the harness names a file that is not there.
    """
    named = {key: os.environ.get(variable) for key, variable in _SECRETS.items()}
    files = {key: Path(value) for key, value in named.items() if value}
    for key, path in files.items():
        if not path.is_file():
            raise ImageError(f"{_SECRETS[key]}: {path} is no file", "correct or unset it")
    others = [Path(os.environ[name]) for name in _OTHER_CA_BUNDLES if name in os.environ]
    known = next((path for path in others if path.is_file()), None)
    return ({"ca": known} if known else {}) | files


def build(
    engine: Engine,
    settings: BuildSettings,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Build an image and leave it on the engine under its tag.

    Args:
        engine: The engine to build on, with the BuildKit inside it.
        settings: What to build.
        on_progress: Called with what the build is doing just now.

    Raises:
        ImageError: The build failed; the message names the step, its last lines are printed.
    """
    started = time.monotonic()
    try:
        record = _run(engine, settings, on_progress)
    except _AbandonedError as error:
        raise ImageError(
            f"{settings.tag}: an earlier build was broken off, and BuildKit still waits for it",
            "try again in a minute",
        ) from error
    image = engine.client.images.get(settings.tag)
    return BuildResult(str(image.id), time.monotonic() - started, tuple(record.steps))


class _AbandonedError(Exception):
    """BuildKit made this build share a step with one whose client has been killed.

    Such a step waits for secrets that nobody can send any more. BuildKit lets go of it soon.
    """


@stamina.retry(on=_AbandonedError, attempts=10, timeout=60, wait_initial=0.2)
def _run(
    engine: Engine, settings: BuildSettings, on_progress: Callable[[str], None]
) -> BuildRecord:
    record = BuildRecord()

    def take(line: str) -> None:
        record.feed(line)
        on_progress(record.doing)

    # The engine's own builder sees the engine's images; one that a person made may not.
    variables = {**engine.variables, "BUILDX_BUILDER": "default"}
    try:
        process.stream(_command(engine, settings), take, what="docker buildx", env=variables)
    except ToolError as error:
        said = f"{record.failed.error if record.failed else ''} {error.output}"
        if "no active session" in said:
            raise _AbandonedError from error
        raise _explain(settings, record, error) from error
    return record


def _command(engine: Engine, settings: BuildSettings) -> list[str]:
    words = [str(engine.program), "buildx", "build", "--progress=rawjson", "--load"]
    words += ["--file", str(settings.dockerfile), "--tag", settings.tag]
    words += ["--target", settings.target] if settings.target else []
    # What an attestation holds changes with every build, and some engines cannot store one.
    words += ["--provenance=false"]
    words += _pairs("--build-arg", settings.build_args)
    if settings.epoch:
        words += ["--build-arg", f"SOURCE_DATE_EPOCH={settings.epoch}"]
    words += _pairs("--build-context", settings.contexts)
    words += _pairs("--label", settings.labels)
    # Without a value it comes from the environment: no command line shows a proxy's password.
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        words += ["--build-arg", name] if name in os.environ else []
    for key, path in secrets().items():
        words += ["--secret", f"id={key},src={path}"]
    return [*words, str(settings.context)]


def _pairs(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


def _explain(settings: BuildSettings, record: BuildRecord, error: ToolError) -> ImageError:
    """Turn what BuildKit said into what is wrong and what to do."""
    what = f"building {settings.target or settings.tag} from {settings.dockerfile.name}"
    step = record.failed
    output = [*(step.output if step else []), *record.text]
    for line in list(step.output if step else [])[-_TAIL:]:
        log.note(f"  {line}")
    everything = "\n".join([*output, step.error if step else "", error.output])
    for sign, message, advice in _KNOWN:
        if sign in everything.lower():
            return ImageError(f"{what}: {message}", advice)
    if step is None:
        return ImageError(f"{what}: {_last(record.text) or error.message}", "see the line above")
    last = _last(list(step.output)) or step.error
    return ImageError(f"{what}: `{step.instruction[:100]}` failed: {last}", "its output is above")


def _last(lines: list[str]) -> str:
    errors = [line for line in lines if line.startswith(("ERROR:", "error:", "E: "))]
    return (errors or lines or [""])[-1].strip()


_KNOWN = (
    (
        "no space left on device",
        "the disk is full",
        "free some space: `docker system df` shows what holds it, `docker builder prune` frees it",
    ),
    *(
        (sign, "a registry's certificate is not trusted", f"name your CA's file: {_CA_BUNDLE}")
        for sign in (
            "self_signed_cert_in_chain",
            "self-signed certificate",
            "self signed certificate",
            "unable to get local issuer certificate",
            "certificate verify failed",
            "certificate_verify_failed",
            "server certificate verification failed",
            "certificate signed by unknown authority",
        )
    ),
    (
        "failed to resolve source metadata",
        "an image that it stands on cannot be pulled",
        "see `docker pull`",
    ),
    (
        "cannot connect to the docker daemon",
        "the engine stopped answering",
        "see `harness doctor`",
    ),
)
