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


def read(tmp_path: Path, text: str, **build_args: str) -> Dockerfile:
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    return Dockerfile.read(tmp_path / "Dockerfile", build_args)


@pytest.mark.parametrize(
    "opened",
    [
        "RUN <<EOF python3",
        "RUN python3 - <<'EOF'",
        'RUN python3 - <<"EOF" > /x',
        "RUN cat <<FIRST 3<<EOF\none\nFIRST",
        "RUN set -e \\\n# why\n  && python3 <<EOF",
        "COPY <<EOF /etc/x",
    ],
)
def test_what_stands_in_a_here_document_is_no_instruction(tmp_path: Path, opened: str) -> None:
    text = f"FROM node:22 AS core\n{opened}\nfrom pathlib import Path\nCOPY x /\nEOF\nCOPY a /\n"
    parsed = read(tmp_path, text)
    assert [stage.name for stage in parsed.stages] == ["core"]
    assert parsed.images() == ["node:22"]
    assert parsed.sources()[-1] == "a"
    assert parsed.stages[0].instructions[-1].line == text[: text.index("COPY a")].count("\n")


def test_one_whose_lines_may_be_indented_ends_at_an_indented_word(tmp_path: Path) -> None:
    parsed = read(tmp_path, "FROM a\nRUN <<-END\n\tFROM b\n\tEND\nCOPY c /\n")
    assert (parsed.images(), parsed.sources()) == (["a"], ["c"])


@pytest.mark.parametrize(
    "line", ["RUN echo '<<EOF'", 'RUN sh -c "cat <<EOF"', "RUN echo $((1<<2))", "LABEL x=<<EOF"]
)
def test_what_only_looks_like_one_opens_none(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"FROM a\n{line}\nCOPY c /\n").sources() == ["c"]


def test_a_stage_may_be_called_as_the_image_that_it_stands_on(tmp_path: Path) -> None:
    parsed = read(
        tmp_path, "FROM node AS node\nFROM node\nCOPY --from=later /x /\nFROM a AS later\n"
    )
    assert parsed.images("1") == ["node", "later"]
    assert [it.name for it in parsed.reached("1")] == ["node", "1"]


def test_several_arguments_may_stand_on_one_line(tmp_path: Path) -> None:
    parsed = read(tmp_path, "ARG A=node:1 B=rust:1\nFROM $A\nFROM ${B}\nARG C D=1\nCOPY $D /\n")
    assert parsed.images("0") + parsed.images() == ["node:1", "rust:1"]
    assert parsed.arguments() == {"A", "B", "C", "D"}


def test_a_base_by_the_processor_is_that_of_this_one(tmp_path: Path) -> None:
    bases = "FROM a AS base-amd64\nFROM b AS base-arm64\n"
    parsed = read(tmp_path, f"{bases}FROM base-${{TARGETARCH}}\n")
    assert len(parsed.reached()) == 2


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        ("ARG SRC=deploy\nCOPY ${SRC}/dev /", "deploy/dev"),
        ("ARG SRC\nCOPY $SRC/dev /", "given/dev"),
        ("ARG COMMON\nCOPY ${COMMON}/dev /", "common/dev"),
        ("COPY ${COMMON}/dev /", "."),
        ("COPY deploy/${NONE}/dev /", "deploy"),
        ("COPY deploy/x-$NONE.sh /", "deploy"),
        ("COPY ${NONE:-deploy}/dev /", "deploy/dev"),
        ("ENV SRC=one\nARG SRC=two\nCOPY $SRC /", "one"),
        ("ENV SRC one two\nCOPY $SRC /", "one two"),
        ("ARG A=x\nENV B=$A/y\nCOPY $B /", "x/y"),
        ("COPY $LATE /\nARG LATE=x", "."),
        ("RUN --mount=type=bind,source=${COMMON:-deploy},target=/t true", "deploy"),
    ],
)
def test_a_source_by_a_variable_is_what_that_is_there(
    tmp_path: Path, lines: str, source: str
) -> None:
    given = {} if "SRC=" in lines else {"SRC": "given"}
    parsed = read(tmp_path, f"ARG COMMON=common\nFROM a\n{lines}\n", **given)
    assert parsed.sources() == [source]


def test_a_stage_knows_what_the_one_below_it_knew(tmp_path: Path) -> None:
    parsed = read(
        tmp_path, "FROM a AS x\nENV S=deploy\nFROM x\nCOPY $S /\nFROM a AS y\nCOPY $S /\n"
    )
    assert (parsed.sources("1"), parsed.sources("y")) == (["deploy"], ["."])


def test_what_is_no_utf8_and_a_mark_of_byte_order_are_read(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"\xef\xbb\xbfFROM a\n# caf\xe9\nCOPY b /\n")
    assert Dockerfile.read(tmp_path / "Dockerfile").sources() == ["b"]
