"""A newer published image whose pull ends early: what is here already does, if it fits."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import docker
import pytest

from harness.docker import published, registry
from harness.docker.images import ImageFacts
from harness.docker.published import Lookup, Published
from harness.docker.registry import Answer
from harness.engine.model import Engine
from harness.errors import ImageError

NAME, LABEL = "ghcr.io/owner/x:main", "version"
OLD = ImageFacts("sha256:1", "linux/amd64", {LABEL: "1"}, (), 1, ("ghcr.io/owner/x@sha256:old",))


def look_up(monkeypatch: pytest.MonkeyPatch, present: ImageFacts | None) -> Lookup:
    """Look for the image while its registry has a newer one, and the network drops."""

    def drops(*_: object) -> ImageFacts:
        raise ImageError(f"{NAME}: unexpected EOF", "try again")

    monkeypatch.setattr(registry, "ask", lambda *_: Answer("sha256:new", ("linux/amd64",)))
    monkeypatch.setattr(registry, "pull", drops)
    monkeypatch.setattr(published, "inspect", lambda *_: present)
    monkeypatch.setattr(published, "platform", lambda _: "linux/amd64")
    return Published(cast("Engine", SimpleNamespace()), NAME, LABEL).look_up()


def test_the_image_that_is_here_is_used_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert look_up(monkeypatch, OLD) == Lookup(OLD)
    said = f"{NAME}: unexpected EOF; not pulled, using the one that is here"
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "present", [None, ImageFacts("sha256:1", "linux/amd64", {}, (), 1, ())], ids=["none", "unfit"]
)
def test_without_one_that_fits_the_pull_is_what_went_wrong(
    monkeypatch: pytest.MonkeyPatch, present: ImageFacts | None
) -> None:
    assert look_up(monkeypatch, present) == Lookup(problem="unexpected EOF")


@pytest.mark.filterwarnings("ignore:docker-credential-")
def test_a_program_that_keeps_logins_and_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"credsStore": "gone"}', encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    client = docker.DockerClient(base_url="unix:///nowhere", version="1.43")
    engine = cast("Engine", SimpleNamespace(connected=lambda _: client, host="unix:///nowhere"))
    monkeypatch.setattr(registry, "_recall", lambda *_: None)
    monkeypatch.setattr(registry, "_remember", lambda *_: None)
    problem = registry.ask(engine, NAME).problem
    assert problem.startswith("docker-credential-gone not installed")
    assert "config.json" in problem
    with pytest.raises(ImageError, match="docker-credential-gone not installed"):
        registry.pull(engine, NAME)
