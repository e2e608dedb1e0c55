"""Names of images, taken apart."""

import pytest

from harness.docker.reference import by_digest


@pytest.mark.parametrize(
    "name", ["127.0.0.1:5000/x", "127.0.0.1:5000/x:1", "127.0.0.1:5000/x:1@sha256:2"]
)
def test_a_digest_takes_the_place_of_a_tag_and_of_no_port(name: str) -> None:
    assert by_digest(name, "sha256:1") == "127.0.0.1:5000/x@sha256:1"
