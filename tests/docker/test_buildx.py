"""buildx: what it is told, and what is said when a build fails."""

from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from harness.criteria.facts.saved_image import content
from harness.docker import buildx
from harness.docker.buildx import BuildSettings
from harness.docker.images import inspect
from harness.engine.model import Engine
from harness.errors import ImageError

BASE = "base"
NO_ENGINE = Engine(host="unix:///none", origin="", version="", program=Path("docker"))


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*buildx._SECRETS.values(), *buildx._OTHER_CA_BUNDLES):  # noqa: SLF001 -- all of them
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("no_settings")
def test_a_build_is_given_no_secret_unless_one_is_named() -> None:
    assert buildx.secrets() == {}


def test_secrets_are_named_by_the_harness_own_variables(
    no_settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("ca.pem", "other.pem", "npmrc"):
        (tmp_path / name).touch()
    no_settings.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    assert buildx.secrets() == {"ca": tmp_path / "other.pem"}
    no_settings.setenv("HARNESS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    no_settings.setenv("HARNESS_NPMRC", str(tmp_path / "npmrc"))
    assert buildx.secrets() == {"ca": tmp_path / "ca.pem", "npmrc": tmp_path / "npmrc"}


def test_a_secret_that_is_not_there_is_said_before_the_build(
    no_settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_settings.setenv("HARNESS_PIP_CONFIG", str(tmp_path / "nothing"))
    with pytest.raises(ImageError, match=r"HARNESS_PIP_CONFIG: .*nothing is no file"):
        buildx.secrets()


def test_a_proxy_reaches_the_build_but_no_command_line(
    no_settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_settings.setenv("https_proxy", "http://me:hunter2@proxy.example:3128")
    settings = BuildSettings(context=tmp_path, dockerfile=tmp_path / "Dockerfile", tag="t:1")
    words = buildx._command(NO_ENGINE, settings)  # noqa: SLF001 -- what others see of a process
    assert words[words.index("https_proxy") - 1] == "--build-arg"
    assert not any("hunter2" in word for word in words)


@pytest.mark.usefixtures("no_settings")
def test_what_is_asked_for_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    settings = BuildSettings(
        context=tmp_path,
        dockerfile=tmp_path / "Dockerfile",
        tag="r.example/x:1",
        target="core",
        platform="linux/arm64",
        push=True,
        cache_from=("type=registry,ref=r.example/x:cache",),
        cache_to=("type=local,dest=there",),
        ca_bundle=tmp_path / "ca.pem",
    )
    words = buildx._command(NO_ENGINE, settings)  # noqa: SLF001 -- what buildx is told
    assert {"--push", "--cache-to=type=local,dest=there"} < set(words)
    assert "--cache-from=type=registry,ref=r.example/x:cache" in words
    pairs = set(pairwise(words))
    wanted = {("--target", "core"), ("--platform", "linux/arm64"), ("--tag", "r.example/x:1")}
    assert pairs >= wanted | {("--secret", f"id=ca,src={tmp_path / 'ca.pem'}")}


@pytest.fixture
def settings(tmp_path: Path, stand_in: str) -> BuildSettings:
    (tmp_path / "Dockerfile").touch()
    return BuildSettings(
        context=tmp_path,
        dockerfile=tmp_path / "Dockerfile",
        tag=f"loa-harness-test/buildx:{uuid4().hex[:12]}",
        contexts={BASE: f"docker-image://{stand_in}"},
    )


def build(engine: Engine, settings: BuildSettings, text: str) -> buildx.BuildResult:
    settings.dockerfile.write_text(text, encoding="utf-8")
    try:
        return buildx.build(engine, settings)
    finally:
        if inspect(engine, settings.tag):
            engine.client.images.remove(settings.tag)


@pytest.mark.engine
def test_a_second_build_finds_every_step_done(docker: Engine, settings: BuildSettings) -> None:
    text = f"FROM {BASE}\nRUN echo {uuid4()}\nRUN true\n"
    first, second = (build(docker, settings, text) for _ in range(2))
    assert (first.cached, len(first.steps)) == (0, 2)
    assert (second.cached, len(second.steps)) == (2, 2)
    assert first.image_id.startswith("sha256:")


@pytest.mark.engine
def test_the_failing_step_is_named_with_its_last_words(
    docker: Engine, settings: BuildSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"FROM {BASE}\nRUN echo first line && echo 'E: no such thing' && exit 3\n"
    with pytest.raises(ImageError) as caught:
        build(docker, settings, text)
    assert "`RUN echo first line" in caught.value.message
    assert caught.value.message.endswith("failed: E: no such thing")
    assert "first line" in capsys.readouterr().err


@pytest.mark.engine
def test_a_full_disk_is_called_that(docker: Engine, settings: BuildSettings) -> None:
    fill = "dd if=/dev/zero of=/small/file bs=1M count=4"
    text = f"FROM {BASE}\nRUN --mount=type=tmpfs,target=/small,size=65536 {fill}\n"
    with pytest.raises(ImageError, match="the disk is full") as caught:
        build(docker, settings, text)
    assert "docker builder prune" in caught.value.advice


@pytest.mark.engine
def test_a_certificate_that_is_not_trusted_is_called_that(
    docker: Engine, settings: BuildSettings
) -> None:
    text = f"FROM {BASE}\nRUN echo 'npm error code SELF_SIGNED_CERT_IN_CHAIN' && exit 1\n"
    with pytest.raises(ImageError, match="certificate is not trusted") as caught:
        build(docker, settings, text)
    assert "HARNESS_CA_BUNDLE" in caught.value.advice


@pytest.mark.engine
def test_a_dockerfile_that_makes_no_sense_is_said(docker: Engine, settings: BuildSettings) -> None:
    with pytest.raises(ImageError, match=r"unknown instruction: RUNN"):
        build(docker, settings, f"FROM {BASE}\nRUNN true\n")


@pytest.mark.engine
def test_a_secret_is_in_no_layer(
    docker: Engine, settings: BuildSettings, tmp_path: Path, no_settings: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "ca.pem"
    secret.write_text("canary-7f3a91", encoding="utf-8")
    no_settings.setenv("HARNESS_CA_BUNDLE", str(secret))
    settings.dockerfile.write_text(
        f"FROM {BASE}\nRUN --mount=type=secret,id=ca grep canary /run/secrets/ca\n",
        encoding="utf-8",
    )
    buildx.build(docker, settings)
    try:
        saved = b"".join(content(docker, settings.tag))
        assert b"7f3a91" not in saved
    finally:
        docker.client.images.remove(settings.tag)
