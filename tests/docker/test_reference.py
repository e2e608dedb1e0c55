"""Names of images, taken apart."""

import pytest

from harness.docker.reference import by_digest, refuse_digest, refuse_undigested
from harness.errors import ExitStatus, UsageError

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    "name", ["127.0.0.1:5000/x", "127.0.0.1:5000/x:1", "127.0.0.1:5000/x:1@sha256:2"]
)
def test_a_digest_takes_the_place_of_a_tag_and_of_no_port(name: str) -> None:
    assert by_digest(name, "sha256:1") == "127.0.0.1:5000/x@sha256:1"


@pytest.mark.parametrize("name", ["loa", "127.0.0.1:5000/x:1", "ghcr.io/team/loa"])
def test_an_image_by_its_whole_digest_is_taken(name: str) -> None:
    refuse_digest(DIGEST, "--digest")
    refuse_undigested(f"{name}@{DIGEST}", "--image")


@pytest.mark.parametrize(
    "image",
    [
        "loa:main",
        "loa@sha256:",
        "loa@sha256:abc",
        f"loa@{DIGEST}0",
        f"loa@{DIGEST.upper()}",
        f"@{DIGEST}",
        f"lo a@{DIGEST}",
        f"loa@{DIGEST}@{DIGEST}",
        DIGEST,
    ],
)
def test_any_other_is_refused_and_named(image: str) -> None:
    with pytest.raises(UsageError, match=f"--image {image} ") as raised:
        refuse_undigested(image, "--image")
    assert raised.value.exit_status is ExitStatus.USAGE


@pytest.mark.parametrize("digest", ["abc", "sha256:", "sha256:abc", DIGEST[7:], f"{DIGEST}\n"])
def test_half_a_digest_is_none(digest: str) -> None:
    with pytest.raises(UsageError, match="is no digest"):
        refuse_digest(digest, "--digest")
