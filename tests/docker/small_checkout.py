"""A checkout of a few files whose Dockerfile has stages as the real one has."""

from pathlib import Path

from harness import process
from harness.project import Project

__all__ = ["small_checkout"]


def small_checkout(root: Path, dockerfile: str, settings: str = "") -> Project:
    """Commit a Dockerfile, a lock and a file that is its content.

    Args:
        root: An empty directory.
        dockerfile: What `deploy/Dockerfile` says.
        settings: What `harness.toml` says.
    """
    files = {
        "deploy/gateway/package-lock.json": "{}",
        "deploy/Dockerfile": dockerfile,
        "content": "first",
        "harness.toml": settings,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    somebody = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    git: list[str | Path] = ["git", "-C", root, *somebody]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "x"]):
        process.run([*git, *words])
    return Project.find(root)
