"""The digest of a build's inputs: it changes with what decides the image, and with nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import tracked
from harness.docker.dockerfile import Dockerfile
from harness.docker.inputs import context_files, digest

DOCKERFILE = "FROM node:22 AS core\nCOPY src run.sh /opt/\nFROM core\nCOPY late.txt /\n"
IGNORED = "**/node_modules\n*.log\nsrc/ignored\n!src/ignored/kept.ts\n"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    files = {
        "Dockerfile": DOCKERFILE,
        ".dockerignore": IGNORED,
        "run.sh": "#!/bin/sh\n",
        "late.txt": "late",
        "other.txt": "of no build",
        "src/a.ts": "a",
        "src/node_modules/x.js": "x",
        "src/ignored/dropped.ts": "d",
        "src/ignored/kept.ts": "k",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def of(context: Path, base: str = "sha256:1", **build_args: str) -> str:
    parsed = Dockerfile.read(context / "Dockerfile")
    return digest(context, parsed, "core", bases={"node:22": base}, build_args=build_args)


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda context: (context / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        write("src/a.ts", "b"),
        write("src/new.ts", ""),
        write("src/ignored/kept.ts", "changed"),
        write("Dockerfile", DOCKERFILE + "# more\n"),
        lambda context: (context / "run.sh").chmod(0o755),
        lambda context: (context / "src/a.ts").rename(context / "src/c.ts"),
        lambda context: (context / "src/link.ts").symlink_to("a.ts"),
    ],
    ids=["content", "new file", "excepted file", "Dockerfile", "mode", "name", "link"],
)
def test_what_decides_the_image_changes_it(context: Path, change: Callable[[Path], object]) -> None:
    before = of(context)
    change(context)
    assert of(context) != before


@pytest.mark.parametrize("name", ["other.txt", "late.txt", "src/node_modules/y.js", "src/x.log"])
def test_what_the_target_does_not_take_does_not_change_it(context: Path, name: str) -> None:
    (context / ".dockerignore").write_text(IGNORED + "**/*.log\n", encoding="utf-8")
    before = of(context)
    write(name, "changed")(context)
    assert of(context) == before


def test_base_and_build_arguments_change_it(context: Path) -> None:
    assert len({of(context), of(context, base="sha256:2"), of(context, KEY="1")}) == 3


def test_it_is_the_same_wherever_the_context_is(context: Path, tmp_path: Path) -> None:
    before = of(context)
    moved = context.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    assert of(moved) == before


def test_an_ignore_file_of_the_dockerfile_wins(context: Path) -> None:
    (context / "Dockerfile.dockerignore").write_text("src/ignored\n", encoding="utf-8")
    names = context_files(context, context / "Dockerfile", ["src"])
    assert names == ["src/a.ts", "src/node_modules/x.js"]


def test_patterns_and_the_whole_context_are_sources_too(context: Path) -> None:
    dockerfile = context / "Dockerfile"
    assert context_files(context, dockerfile, ["*.txt"]) == ["late.txt", "other.txt"]
    assert "src/a.ts" in context_files(context, dockerfile, ["."])
    assert context_files(context, dockerfile, ["./src/*.ts"]) == ["src/a.ts"]


def test_where_a_link_to_a_directory_leads_changes_it(context: Path) -> None:
    (context / "src/current").symlink_to("one")
    (context / "src/one").mkdir()
    before = of(context)
    (context / "src/current").unlink()
    (context / "src/current").symlink_to("two")
    assert of(context) != before


def test_a_source_by_an_argument_changes_it(context: Path) -> None:
    text = "FROM node:22 AS core\nARG WHERE=src\nCOPY ${WHERE} /opt/\n"
    (context / "Dockerfile").write_text(text, encoding="utf-8")
    before = of(context)
    write("src/a.ts", "changed")(context)
    assert of(context) != before


def test_a_file_that_is_just_gone_and_a_name_that_is_no_text_end_nothing(
    context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.fsdecode(os.fsencode(context / "src") + b"/\xff.ts")).write_bytes(b"x")
    os.mkfifo(context / "src/fifo")
    before = of(context)
    read = Path.read_bytes

    def gone(path: Path) -> bytes:
        if path.name == "swap.ts":
            path.unlink()
        return read(path)

    write("src/swap.ts", "an editor's")(context)
    monkeypatch.setattr(Path, "read_bytes", gone)
    assert of(context) == before


def test_a_directory_that_no_line_takes_is_not_looked_into(
    context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    entries = tracked.entries

    def told(directory: Path) -> list[Path]:
        looked.append(directory.name)
        return entries(directory)

    (context / "pgdata").mkdir()
    monkeypatch.setattr(tracked, "entries", told)
    of(context)
    assert set(looked) == {"src", "ignored"}
