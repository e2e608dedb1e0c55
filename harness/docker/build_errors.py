"""What BuildKit says when a build fails, turned into what is wrong and what to do."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.console import log
from harness.docker.record import BuildRecord, BuildStep
from harness.errors import ImageError

__all__ = ["BrokenStageError", "explain"]

_TAIL = 12


class BrokenStageError(ImageError):
    """A stage cannot be built, here or elsewhere, until what it is made from is mended.

    Args:
        stage: Its name; empty if that is not known.
        message: What is wrong.
        advice: What to do about it.
    """

    def __init__(self, stage: str, message: str, advice: str) -> None:
        super().__init__(message, advice)
        self.stage = stage


class _Known(NamedTuple):
    """What is known of a failure by any of these signs.

    Attributes:
        signs: What is then said, in lower case.
        message: What is wrong.
        advice: What to do about it.
        broken: Whether it is the stage's own fault, and no lack of this machine or its network.
    """

    signs: tuple[str, ...]
    message: str
    advice: str
    broken: bool = False


def explain(what: str, record: BuildRecord, last_lines: str) -> ImageError:
    """Return the error for a person; the failing step's last lines are printed.

    Args:
        what: What was being built, for the message.
        record: What BuildKit told of the build.
        last_lines: The last that buildx printed.

    Returns:
        A `BrokenStageError` where a stage is at fault.
    """
    step = record.failed
    output = list(step.output) if step else []
    for line in output[-_TAIL:]:
        log.note(f"  {line}")
    everything = "\n".join([*output, *record.text, step.error if step else "", last_lines]).lower()
    found = next(_known(step, everything), None) or _unpushed(record) or _unknown(step, record)
    message = f"{what}: {found.message}"
    if found.broken:
        return BrokenStageError(step.stage if step else "", message, found.advice)
    return ImageError(message, found.advice)


def _unpushed(record: BuildRecord) -> _Known | None:
    """Return what ended a push that the builder itself makes; it has tried several times."""
    said = next((it for it in record.text if _PUSH in it), "")
    message = f"its registry did not take {said.partition(_PUSH)[2]}"
    advice = "nothing stands under that tag that did not before; `docker login`, or try again"
    return _Known((), message, advice) if said else None


def _unknown(step: BuildStep | None, record: BuildRecord) -> _Known:
    if step is None:
        return _Known((), _last(record.text) or "it ended", "see the line above")
    last = _last(list(step.output)) or step.error
    message = f"`{step.instruction[:100]}` failed: {last}"
    return _Known((), message, "its output is above", broken=step.is_instruction)


def _last(lines: list[str]) -> str:
    errors = [line for line in lines if line.startswith(("ERROR:", "error:", "E: "))]
    return (errors or lines or [""])[-1].strip()


def _known(step: BuildStep | None, said: str) -> Iterator[_Known]:
    yield from (it for it in _KNOWN if any(sign in said for sign in it.signs))
    if step and step.stage and any(sign in said for sign in _NO_NETWORK):
        yield _unreachable(step)


def _unreachable(step: BuildStep) -> _Known:
    """Name the registry that the step needs, by the program that asks it."""
    for program, (registry, variable) in _REGISTRIES.items():
        if program in step.instruction:
            advice = f"settings of a mirror can be given as {variable}; docs/image.md says more"
            return _Known((), f"stage {step.stage} does not reach {registry}", advice)
    advice = "docs/image.md says what it needs"
    return _Known((), f"stage {step.stage} does not reach the network", advice)


_REGISTRIES = {
    "npm ": ("npm's registry", "HARNESS_NPMRC"),
    "cargo ": ("the registry of Rust's crates", "HARNESS_CARGO_CONFIG"),
    "pip ": ("the index of Python's packages", "HARNESS_PIP_CONFIG"),
    "fetch-onnxruntime.sh": ("the index of Python's packages", "HARNESS_PIP_CONFIG"),
    "apt-install.sh": ("Debian's mirror", "HARNESS_APT_CONFIG"),
}

_PUSH = "failed to push "

_NO_NETWORK = (
    "could not resolve host",
    "temporary failure resolving",
    "temporary failure in name resolution",
    "name or service not known",
    "network is unreachable",
    "no route to host",
    "could not connect to server",
    "failed to establish a new connection",
    "connect timeout=",
    "tunnel connection failed",
    "connect tunnel failed",
    "connection refused",
    "connection timed out",
    "eai_again",
    "enotfound",
    "ehostunreach",
    "enetunreach",
    "econnrefused",
    "etimedout",
)

_CERTIFICATE = (
    "self_signed_cert_in_chain",
    "self-signed certificate",
    "self signed certificate",
    "unable to get local issuer certificate",
    "certificate verify failed",
    "certificate_verify_failed",
    "server certificate verification failed",
    "certificate signed by unknown authority",
)

_KNOWN = (
    _Known(
        ("no space left on device", "enospc"),
        "the disk is full",
        "free some space: `docker system df` shows what holds it, `docker builder prune` frees it",
    ),
    _Known(
        _CERTIFICATE,
        "a registry's certificate is not trusted",
        "name your CA's file: --ca-bundle, or HARNESS_CA_BUNDLE",
    ),
    _Known(
        ("no match for platform in manifest", "does not match the specified platform"),
        "an image that it stands on is not for this platform",
        "name one that is: --platform, or the image's build argument",
    ),
    _Known(
        ("exec format error",),
        "this engine cannot run that platform's programs",
        "build it on such a machine, or on one through --builder",
    ),
    _Known(
        ("package.json and package-lock.json",),
        "npm's lock does not fit the package.json beside it",
        "`npm install --package-lock-only` in deploy/gateway (stage dev: deploy/tools) mends it",
        broken=True,
    ),
    _Known(
        ("do not match the hashes",),
        "a Python package is not the one that the lock names",
        "do not install it: find out who changed it",
        broken=True,
    ),
    _Known(
        ("--locked was passed",),
        "a crate's own lock does not fit its manifest",
        "name a version whose lock does: see deploy/Dockerfile",
        broken=True,
    ),
    _Known(
        ("cache export is not supported for the docker driver", "cache export feature is"),
        "the engine's own builder exports a cache only inside an image",
        "use --cache-to type=inline, or a builder of your own: --builder",
    ),
    _Known(
        ("failed to resolve source metadata",),
        "an image that it stands on cannot be pulled",
        "see `docker pull`",
    ),
    _Known(
        ("cannot connect to the docker daemon",),
        "the engine stopped answering",
        "see `harness doctor`",
    ),
)
