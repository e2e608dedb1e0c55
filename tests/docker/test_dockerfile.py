"""What a Dockerfile says."""

from pathlib import Path

import pytest

from harness.docker.dockerfile import Dockerfile
from harness.errors import ImageError, UsageError

TEXT = """\
# Before the first stage.
ARG TAG=22-slim
ARG NODE=node:${TAG}
FROM golang:1 AS Tools
RUN --mount=type=bind,source=build,target=/b \\
    --mount=type=secret,id=ca --mount=type=cache,target=/c \\
    sh -c 'echo "it is $((1 + 1))"'
FROM ${NODE} AS base
ARG KEY=1
COPY --chmod=755 --chown=a:b one.sh two.sh /opt/
FROM scratch AS unused
COPY secret.txt /
FROM base
COPY --from=tools /x /x
COPY --from=alpine:3 /etc/passwd /p
COPY ["with space.txt", "/opt/"]
RUN --mount=from=other,target=/o true
ADD lib/*.ts /lib/
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "Dockerfile.any"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_the_last_stage_is_built_unless_another_is_named(path: Path) -> None:
    parsed = Dockerfile.read(path)
    assert [stage.name for stage in parsed.reached()] == ["tools", "base", "3"]
    assert [stage.name for stage in parsed.reached("base")] == ["base"]


def test_images_are_what_is_no_stage_with_arguments_filled_in(path: Path) -> None:
    images = ["golang:1", "node:22-slim", "alpine:3", "other"]
    assert sorted(Dockerfile.read(path).images()) == sorted(images)
    assert Dockerfile.read(path, {"NODE": "mine:1"}).images("base") == ["mine:1"]
    assert Dockerfile.read(path, {"TAG": "24"}).images("base") == ["node:24"]


@pytest.mark.parametrize(
    ("base", "without", "empty", "given"),
    [
        ("${IT:-node:22}", "node:22", "node:22", "mine:1"),
        ("${IT-node:22}", "node:22", "", "mine:1"),
        ("${IT:+node:22}", "", "", "node:22"),
        ("${IT+node:22}", "", "node:22", "node:22"),
        ("registry/${IT:-node}:22", "registry/node:22", "registry/node:22", "registry/mine:1:22"),
    ],
)
def test_what_holds_where_an_argument_is_not_given_is_filled_in(
    tmp_path: Path, base: str, without: str, empty: str, given: str
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(f"ARG IT\nFROM x{base}\n", encoding="utf-8")
    for values, wanted in (({}, without), ({"IT": ""}, empty), ({"IT": "mine:1"}, given)):
        assert Dockerfile.read(file, values).images() == [f"x{wanted}"]


def test_scratch_is_no_image(path: Path) -> None:
    assert Dockerfile.read(path).images("unused") == []


def test_sources_are_what_comes_from_the_context(path: Path) -> None:
    parsed = Dockerfile.read(path)
    assert parsed.sources() == ["build", "one.sh", "two.sh", "with space.txt", "lib/*.ts"]
    assert parsed.sources("unused") == ["secret.txt"]


def test_a_pattern_that_begins_as_a_list_is_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a:1\nCOPY [a-c]*.txt b /x/\n", encoding="utf-8")
    assert Dockerfile.read(tmp_path / "Dockerfile").sources() == ["[a-c]*.txt", "b"]


def test_arguments_are_those_of_the_stages_that_are_reached(path: Path) -> None:
    assert Dockerfile.read(path).arguments() == {"TAG", "NODE", "KEY"}
    assert Dockerfile.read(path).arguments("tools") == {"TAG", "NODE"}


def test_a_stage_that_is_not_there_is_named_with_those_that_are(path: Path) -> None:
    with pytest.raises(UsageError, match=r"no stage nothing; it has tools, base, unused, 3"):
        Dockerfile.read(path).reached("nothing")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "ARG A=1\n"])
def test_a_file_without_a_stage_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    with pytest.raises(ImageError, match="no FROM line"):
        Dockerfile.read(tmp_path / "Dockerfile")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read"):
        Dockerfile.read(tmp_path / "Dockerfile")


@pytest.mark.parametrize(
    "text", ["FROM ${NONE}\n", "ARG NONE\nFROM $NONE AS x\n", "FROM --platform=linux/arm64\n"]
)
def test_a_stage_that_stands_on_nothing_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    with pytest.raises(ImageError, match=r"stage \w stands on no image"):
        Dockerfile.read(tmp_path / "Dockerfile")


def test_a_build_argument_gives_it_a_base(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG NONE\nFROM $NONE\n", encoding="utf-8")
    assert Dockerfile.read(tmp_path / "Dockerfile", {"NONE": "a:1"}).images() == ["a:1"]
