"""What images take from a checkout, however it is laid out, but for what the container mounts."""

from pathlib import Path

import pytest

from harness import process
from harness.docker.copied import copied
from harness.project import Project
from tests.foreign.checkouts import checkout

COMPOSE = """
services:
  brain:
    build: {{context: {context}, dockerfile: Dockerfile.work}}
    ports: ["127.0.0.1:18789:18789"]
    volumes: ["{mount}:/app/identity", "state:/data"]
volumes: {{state: }}
"""
FILES = {
    "identity/scheduler.ts": "export {};\n",
    "identity/more/part.ts": "export {};\n",
    "tools/run.sh": "true\n",
    "tools/deep/lib.mjs": "1\n",
    "tools/node_modules/x/index.js": "1\n",
    "notes.md": "of no build\n",
    "dist/bundle.js": "built\n",
}
ONCE = {"tools/deep/lib.mjs", "tools/run.sh"}


def taken(
    root: Path, dockerfile: str, *, context: str = ".", mount: str = "./identity", **more: str
) -> set[str]:
    """Return what a checkout's development image takes from it."""
    files = {**FILES, **more, "compose.dev.yaml": COMPOSE.format(context=context, mount=mount)}
    files[f"{context}/Dockerfile.work"] = f"FROM base\n{dockerfile}"
    return names(checkout(root, files))


def names(project: Project) -> set[str]:
    """Return the files' names in the checkout."""
    return {it.relative_to(project.root).as_posix() for it in copied(project)}


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("COPY tools /opt/tools\n", ONCE),
        ("COPY ./tools/ /opt/tools/\n", ONCE),
        ("COPY tools/*.sh /opt/\n", {"tools/run.sh"}),
        ("ADD /tools/run.sh /opt/\n", {"tools/run.sh"}),
        ('COPY ["tools/run.sh", "/opt/"]\n', {"tools/run.sh"}),
        ("COPY ../tools /opt/\n", ONCE),
        ("RUN --mount=type=bind,source=tools,target=/t true\n", ONCE),
        ("COPY dist /srv/\n", {"dist/bundle.js"}),
        ("COPY identity tools /app/\n", ONCE),
        ("COPY --from=base /tools /opt/\n", set()),
        ("COPY gone /opt/\nCOPY <<EOF /etc/x\nCOPY notes.md /\nEOF\n", set()),
        ("ARG WHERE=tools\nCOPY ${WHERE} /opt/\n", ONCE),
        ("COPY tools/${WHERE}/x /opt/\n", ONCE),
        ("COPY tools/**.sh /opt/\n", {"tools/run.sh"}),
        ("COPY identity/scheduler.ts /opt/\n", {"identity/scheduler.ts"}),
        ("ADD https://example.invalid/x /opt/\n", set()),
        ("FROM\n", set()),
    ],
)
def test_it_is_what_the_dockerfile_says(
    tmp_path: Path, dockerfile: str, expected: set[str]
) -> None:
    assert taken(tmp_path, dockerfile) == expected


def test_a_build_from_below_takes_from_there(tmp_path: Path) -> None:
    assert taken(tmp_path, "COPY deep /opt/\n", context="tools") == {"tools/deep/lib.mjs"}


def test_what_an_ignore_file_names_is_not_taken(tmp_path: Path) -> None:
    ignored = {".dockerignore": "tools\n!tools/run.sh\n"}
    assert taken(tmp_path, "COPY tools /opt/\n", **ignored) == {"tools/run.sh"}
    compiled = {".dockerignore": "**/deep\n"}
    assert taken(tmp_path / "c", "COPY tools /opt/\n", **compiled) == {"tools/run.sh"}


def test_of_a_whole_checkout_what_git_ignores_is_no_source(tmp_path: Path) -> None:
    ignored = {".gitignore": "dist/\nnode_modules/\n"}
    without_git = taken(tmp_path, "COPY . /app\n", **ignored)
    assert {"dist/bundle.js", "notes.md", *ONCE} <= without_git
    (tmp_path / ".git").rmdir()
    process.run(["git", "init", "--quiet", tmp_path])
    assert names(Project(tmp_path)) == without_git - {"dist/bundle.js"}


def test_who_mounts_the_whole_checkout_still_copies_what_lies_elsewhere(tmp_path: Path) -> None:
    assert taken(tmp_path, "COPY identity tools /app/\n", mount="./") == ONCE
