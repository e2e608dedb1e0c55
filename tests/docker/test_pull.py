"""A pull that the engine does not finish."""

import tempfile
from pathlib import Path

import pytest

from harness.docker.registry import pull
from harness.engine.model import Engine
from harness.errors import ImageError
from tests.engine import fake


def test_an_engine_that_ends_while_it_pulls_is_one_line() -> None:
    heard: list[str] = []
    # Sockets want a short path.
    with (
        tempfile.TemporaryDirectory(prefix="h") as place,
        fake.engine(Path(place) / "docker.sock") as host,
    ):
        engine = Engine(host=host, origin="a test", version="99.1", program=Path("docker"))
        with pytest.raises(ImageError) as caught:
            pull(engine, "registry.example/image:1", heard.append)

    assert heard == ["begun  "]
    assert caught.value.message.startswith("registry.example/image:1: ")
    assert caught.value.advice == "try again, or build it here"
