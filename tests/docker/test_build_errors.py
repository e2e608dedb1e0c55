"""What is said of a build that failed: the cause and the way out, not the last line."""

import pytest

from harness.docker.build_errors import BrokenStageError, explain
from harness.docker.record import BuildRecord, BuildStep


def failed(step: str, *said: str) -> str:
    record = BuildRecord()
    found = BuildStep(step, error="exit code: 1")
    found.output.extend(said)
    record._steps["x"] = found  # noqa: SLF001 -- as if BuildKit had told it
    return str(explain("building it", record, ""))


@pytest.mark.parametrize(
    ("step", "said", "expected"),
    [
        (
            "[gateway-builder 3/4] RUN sh /run/build/with-settings.sh npm ci",
            "can only install packages when your package.json and package-lock.json are in sync",
            "npm's lock does not fit the package.json beside it; `npm install --package-lock-only`",
        ),
        (
            "[python-builder 4/5] RUN pip install --require-hashes",
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "a Python package is not the one that the lock names",
        ),
        (
            "[rust-builder 4/5] RUN cargo install --locked ck-search",
            "error: the lock file Cargo.lock needs to be updated but --locked was passed",
            "a crate's own lock does not fit its manifest",
        ),
        (
            "[rust-builder 4/5] RUN sh /run/build/with-settings.sh cargo install --locked x",
            "warning: spurious network error: [6] Could not resolve host: crates",
            "does not reach the registry of Rust's crates; settings of a mirror can be given as",
        ),
        (
            "[rust-builder 5/6] RUN sh /run/build/with-settings.sh cargo install --locked x",
            "warning: spurious network error: [7] Could not connect to server (port 443)",
            "stage rust-builder does not reach the registry of Rust's crates",
        ),
        (
            "[python-builder 4/4] RUN /opt/loa/python/bin/pip install --no-deps",
            "Connection to index.example timed out. (connect timeout=15)",
            "stage python-builder does not reach the index of Python's packages",
        ),
        (
            "[python-builder 4/4] RUN /opt/loa/python/bin/pip install --no-deps",
            "OSError: Tunnel connection failed: 403 Forbidden",
            "stage python-builder does not reach the index of Python's packages",
        ),
        (
            "[gateway-builder 3/4] RUN sh /run/build/with-settings.sh npm ci --force",
            "npm error code EAI_AGAIN",
            "stage gateway-builder does not reach npm's registry",
        ),
        (
            "[system 2/3] RUN sh /run/build/with-settings.sh sh /run/build/apt-install.sh git",
            "W: Failed to fetch x  Temporary failure resolving 'mirror'",
            "stage system does not reach Debian's mirror",
        ),
        (
            "[rust-builder 3/5] RUN sh /run/rust/fetch-onnxruntime.sh /run/rust/onnxruntime.lock",
            "Failed to establish a new connection: [Errno -3]",
            "stage rust-builder does not reach the index of Python's packages",
        ),
        ("[core 1/2] RUN true", "exec /bin/sh: exec format error", "cannot run that platform's"),
        ("[core 1/2] RUN true", "cp: write error: No space left on device", "the disk is full"),
    ],
)
def test_the_cause_and_the_way_out_are_named(step: str, said: str, expected: str) -> None:
    assert expected in failed(step, said)


def test_a_base_of_another_platform_is_called_that() -> None:
    record = BuildRecord()
    record.text.append("ERROR: failed to solve: x: no match for platform in manifest: not found")
    error = explain("building it", record, "")
    assert error.message == "building it: an image that it stands on is not for this platform"


def test_a_builder_whose_push_ends_says_what_its_registry_did() -> None:
    record = BuildRecord()
    reason = "r.example/x:1: dial tcp: connection refused"
    record._steps["x"] = BuildStep("exporting to image", error=reason)  # noqa: SLF001 -- the same
    record.text.append(f"ERROR: failed to solve: failed to push {reason}")
    error = explain("building it", record, "")
    assert error.message == f"building it: its registry did not take {reason}"
    assert "nothing stands under that tag" in error.advice
    assert not isinstance(error, BrokenStageError)


def test_what_is_no_instruction_s_fault_is_no_stage_s() -> None:
    record = BuildRecord()
    step = BuildStep("exporting cache to registry", error="unexpected status: 507")
    record._steps["x"] = step  # noqa: SLF001 -- the same
    assert not isinstance(explain("building it", record, ""), BrokenStageError)


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("package.json and package-lock.json are not in sync", True),
        ("error[E0308]: mismatched types", True),
        ("No space left on device", False),
        ("Could not resolve host: crates", False),
    ],
)
def test_a_stage_s_own_fault_is_told_from_what_this_machine_lacks(
    said: str, *, broken: bool
) -> None:
    record = BuildRecord()
    found = BuildStep("[rust-builder 2/3] RUN cargo build", error="exit code: 1")
    found.output.append(said)
    record._steps["x"] = found  # noqa: SLF001 -- as if BuildKit had told it
    error = explain("building it", record, "")
    assert isinstance(error, BrokenStageError) is broken
    assert not broken or getattr(error, "stage", "") == "rust-builder"
