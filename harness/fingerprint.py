"""What a stack was made from, so that a changed part is said and rebuilt."""

import hashlib
from pathlib import Path

import harness
from harness.choices import chosen
from harness.discovery import files_of
from harness.project import Project

__all__ = ["differences", "digest", "of_stack"]

_PATTERNS = (
    ".dockerignore",
    ".env.local",
    "harness.toml",
    "deploy/Dockerfile*",
    "deploy/*.sh",
    "deploy/build/*",
    "deploy/dev/**/*",
    "deploy/gateway/*",
    "deploy/health/**/*",
    "deploy/tools/*",
)


def of_stack(project: Project) -> dict[str, str]:
    """Return the SHA-256 of each file that images and stack are made from, by its path.

    What the shell chose stands there too, by the variable's name. The identity layer, `.claude/`
    and `grimoires/` do not: they are mounted.
    """
    config = project.config
    dockerfiles = (config.image.dockerfile, config.image.dev_dockerfile)
    patterns = (*_PATTERNS, *files_of(project.root, config.compose.file), *dockerfiles)
    files = {path for pattern in patterns for path in _found(project.root, pattern)}
    named = {str(path.relative_to(project.root)): path for path in files}
    made = {name: it for name, path in named.items() if _counts(name) and (it := _sha256(path))}
    return {"harness": harness.__version__, **chosen(), **dict(sorted(made.items()))}


def digest(parts: dict[str, str]) -> str:
    """Return one SHA-256 over all parts."""
    lines = "\n".join(f"{name} {value}" for name, value in sorted(parts.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names that changed, came or went, sorted."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _found(root: Path, pattern: str) -> list[Path]:
    try:
        return list(root.glob(pattern))
    except FileNotFoundError:  # git is just taking a directory away
        return []


def _counts(name: str) -> bool:
    """Whether a file may be in an image; see .dockerignore."""
    return not {"node_modules", "test"} & {*name.split("/")} and ".test." not in name


def _sha256(path: Path) -> str | None:
    """Return it; None for a directory, and for what cannot be read or is just being replaced.

    Whoever needs the file says why it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
