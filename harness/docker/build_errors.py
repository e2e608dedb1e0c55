"""What BuildKit says when a build fails, turned into what is wrong and what to do."""

from collections.abc import Iterator

from harness.console import log
from harness.docker.record import BuildRecord, BuildStep
from harness.errors import ImageError

__all__ = ["explain"]

_TAIL = 12


def explain(what: str, record: BuildRecord, last_lines: str) -> ImageError:
    """Return the error for a person; the failing step's last lines are printed.

    Args:
        what: What was being built, for the message.
        record: What BuildKit told of the build.
        last_lines: The last that buildx printed.
    """
    step = record.failed
    output = list(step.output) if step else []
    for line in output[-_TAIL:]:
        log.note(f"  {line}")
    everything = "\n".join([*output, *record.text, step.error if step else "", last_lines]).lower()
    for message, advice in _known(step, everything):
        return ImageError(f"{what}: {message}", advice)
    if step is None:
        return ImageError(f"{what}: {_last(record.text) or 'it ended'}", "see the line above")
    last = _last(output) or step.error
    return ImageError(f"{what}: `{step.instruction[:100]}` failed: {last}", "its output is above")


def _last(lines: list[str]) -> str:
    errors = [line for line in lines if line.startswith(("ERROR:", "error:", "E: "))]
    return (errors or lines or [""])[-1].strip()


def _known(step: BuildStep | None, said: str) -> Iterator[tuple[str, str]]:
    for signs, message, advice in _KNOWN:
        if any(sign in said for sign in signs):
            yield message, advice
    if step and any(sign in said for sign in _NO_NETWORK):
        yield _unreachable(step)


def _unreachable(step: BuildStep) -> tuple[str, str]:
    """Name the registry that the step needs, by the program that asks it."""
    for program, (registry, variable) in _REGISTRIES.items():
        if program in step.instruction:
            return (
                f"stage {step.stage} does not reach {registry}",
                f"settings of a mirror can be given as {variable}; docs/image.md says more",
            )
    return f"stage {step.stage} does not reach the network", "docs/image.md says what it needs"


_REGISTRIES = {
    "npm ": ("npm's registry", "HARNESS_NPMRC"),
    "cargo ": ("the registry of Rust's crates", "HARNESS_CARGO_CONFIG"),
    "pip ": ("the index of Python's packages", "HARNESS_PIP_CONFIG"),
    "fetch-onnxruntime.sh": ("the index of Python's packages", "HARNESS_PIP_CONFIG"),
    "apt-install.sh": ("Debian's mirror", "HARNESS_APT_CONFIG"),
}

_NO_NETWORK = (
    "could not resolve host",
    "temporary failure resolving",
    "temporary failure in name resolution",
    "name or service not known",
    "network is unreachable",
    "failed to establish a new connection",
    "connection refused",
    "connection timed out",
    "eai_again",
    "enotfound",
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
    (
        ("no space left on device", "enospc"),
        "the disk is full",
        "free some space: `docker system df` shows what holds it, `docker builder prune` frees it",
    ),
    (
        _CERTIFICATE,
        "a registry's certificate is not trusted",
        "name your CA's file: --ca-bundle, or HARNESS_CA_BUNDLE",
    ),
    (
        ("no match for platform in manifest", "does not match the specified platform"),
        "an image that it stands on is not for this platform",
        "name one that is: --platform, or the image's build argument",
    ),
    (
        ("exec format error",),
        "this engine cannot run that platform's programs",
        "build it on such a machine, or on one through --builder",
    ),
    (
        ("package.json and package-lock.json",),
        "the gateway's lock does not fit its package.json",
        "`npm install --package-lock-only` in deploy/gateway brings it up to date",
    ),
    (
        ("do not match the hashes",),
        "a Python package is not the one that the lock names",
        "do not install it: find out who changed it",
    ),
    (
        ("--locked was passed",),
        "a crate's own lock does not fit its manifest",
        "name a version whose lock does: see deploy/Dockerfile",
    ),
    (
        ("cache export is not supported for the docker driver", "cache export feature is"),
        "the engine's own builder exports a cache only inside an image",
        "use --cache-to type=inline, or a builder of your own: --builder",
    ),
    (
        ("failed to resolve source metadata",),
        "an image that it stands on cannot be pulled",
        "see `docker pull`",
    ),
    (
        ("cannot connect to the docker daemon",),
        "the engine stopped answering",
        "see `harness doctor`",
    ),
)
