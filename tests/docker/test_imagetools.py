"""What a registry's silence, refusal and nonsense are called."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import process
from harness.docker import imagetools, push_access
from harness.docker.imagetools import MissingImageError
from harness.engine import clients
from harness.errors import ImageError, ToolError

DIGEST = f"sha256:{'401403' * 10}abcd"
REFERENCE = f"ghcr.io/team/app@{DIGEST}"


@pytest.fixture(autouse=True)
def _a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "prepare", lambda: (Path("docker"), {}))


def fails_with(said: str) -> Any:  # noqa: ANN401 -- in the place of process.run
    def run(*_: object, **__: object) -> None:
        raise ToolError("docker failed", output=f"ERROR: {said}")

    return run


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (f"{REFERENCE}: dial tcp: i/o timeout", "cannot be asked"),
        (f"unexpected status from HEAD of {REFERENCE}: 403 Forbidden", "does not give it to us"),
        (f"{REFERENCE}: 401 Unauthorized", "does not give it to us"),
        ("pull access denied", "does not give it to us"),
    ],
)
def test_a_refusal_is_told_from_a_digest_with_its_figures(
    monkeypatch: pytest.MonkeyPatch, said: str, problem: str
) -> None:
    monkeypatch.setattr(process, "run", fails_with(said))
    with pytest.raises(ImageError, match=problem) as raised:
        imagetools.manifests(REFERENCE)
    assert not isinstance(raised.value, MissingImageError)


MISSING = 'exec: "docker-credential-desktop": executable file not found in $PATH, out: ``'
LOCKED = "exit status 1, out: `access denied: keyring not found`"


@pytest.mark.parametrize(
    ("said", "who"),
    [(MISSING, "docker-credential-desktop"), (LOCKED, "the program that keeps docker's logins")],
)
def test_a_program_that_gives_no_login_is_told_from_an_image_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, said: str, who: str
) -> None:
    """A push would fail, so nothing is built for it."""
    monkeypatch.setattr(process, "run", fails_with(f"error getting credentials - err: {said}"))
    with pytest.raises(ImageError) as raised:
        push_access.require(REFERENCE)
    assert type(raised.value) is ImageError
    assert raised.value.message == f"{REFERENCE}: {who} gives no login ({said})"
    assert "`credsStore` or `credHelpers`" in raised.value.advice


@pytest.mark.parametrize("said", ["null", "[1]", "no JSON"])
def test_what_is_no_object_is_no_answer(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(process, "run", lambda *_, **__: process.Completed(0, said, ""))
    with pytest.raises(ImageError, match="cannot be asked"):
        imagetools.config(REFERENCE)


@pytest.mark.parametrize(
    ("name", "platform", "size"),
    [
        ("one", "linux/amd64", 30),
        ("both", "linux/amd64", 30),
        ("both", "linux/arm64", 12),
        ("both", "linux/s390x", None),
    ],
)
def test_what_is_pulled_of_an_index_is_what_is_for_the_platform(
    monkeypatch: pytest.MonkeyPatch, name: str, platform: str, size: int | None
) -> None:
    entries = [
        {"digest": "sha256:a", "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:b", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:c", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    big: dict[str, object] = {"layers": [{"size": 10}, {"size": 20}]}
    told = {
        "here/one": big,
        "here/both": {"manifests": entries},
        "here/both@sha256:a": big,
        "here/both@sha256:b": {"layers": [{"size": 12}]},
    }

    def run(words: list[str], **_: object) -> process.Completed:
        return process.Completed(0, json.dumps(told[words[-1]]), "")

    monkeypatch.setattr(process, "run", run)
    assert imagetools.compressed(f"here/{name}", platform) == size


URL = f"https://nowhere.example.org/v2/{'deep/' * 20}manifests/1"


def test_of_a_long_complaint_the_end_is_told_in_whole_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = "dial tcp: lookup nowhere.example.org on 192.0.2.1:53: no such host"
    monkeypatch.setattr(process, "run", fails_with(f'failed to do request: Head "{URL}": {end}'))
    with pytest.raises(ImageError) as raised:
        imagetools.manifests("nowhere.example.org/x")
    assert f"cannot be asked (… {end})" in raised.value.message
    assert (
        raised.value.advice == "see how its registry is written, and whether this machine knows it"
    )
