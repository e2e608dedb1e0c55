"""A Debian root file system as a tar archive, made by mmdebstrap without installing it."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from harness import process
from harness.bases.recipe import EPOCH, RELEASE, Recipe, node_archive
from harness.engine import packages, sources
from harness.engine.sources import Source
from harness.errors import EngineError, ImageError, ToolError

__all__ = ["make"]

# As in Debian's own slim images.
_LEFT_OUT = ("doc/*", "groff/*", "info/*", "locale/*", "man/*")
_DRAFT = "draft-"
_APT_SETTINGS = 'Acquire::Languages "none";\nAcquire::GzipIndexes "true";\n'
_PROXIES = ("Acquire::http::Proxy", "Acquire::https::Proxy")


def make(recipe: Recipe, target: Path, on_progress: Callable[[str], None]) -> None:
    """Write the archive; nothing is left under its name unless it is complete.

    The caller holds the lock on the directory that it is written to.

    Args:
        recipe: What goes into it.
        target: Where to write it.
        on_progress: Called with each line that mmdebstrap prints.

    Raises:
        ImageError: The machine is no Debian, or its mirror does not give the packages.
    """
    try:
        wanted = {RELEASE: ["mmdebstrap"]}
        program = packages.unpacked(wanted, progress=on_progress) / "usr/bin"
        archives = _sources(recipe)
    except EngineError as error:
        raise ImageError(f"no stand-in of {recipe.name}: {error.message}", error.advice) from error
    for left in target.parent.glob(f"{_DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)  # by a run that was killed
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=_DRAFT) as name:
        draft = Path(name)
        command = [str(program / "mmdebstrap"), *_options(recipe, draft, archives)]
        variables = {
            "PATH": f"{program}:{os.environ['PATH']}",
            "SOURCE_DATE_EPOCH": str(EPOCH),
            "DEBIAN_FRONTEND": "noninteractive",
        }
        try:
            process.stream(command, on_progress, what="mmdebstrap", env=variables)
        except ToolError as error:
            raise _explain(recipe, error) from error
        shutil.move(draft / "root.tar", target)


def _options(recipe: Recipe, draft: Path, archives: list[Source]) -> list[str]:
    settings = _private(draft / "apt.conf", _APT_SETTINGS + _proxy_settings())
    private = _private(draft / "sources.list", "".join(map(_line, archives)))
    options = ["--variant=minbase", "--format=tar", f"--aptopt={settings}"]
    options += [f"--dpkgopt=path-exclude=/usr/share/{path}" for path in _LEFT_OUT]
    options += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    options += [f"--customize-hook={hook}" for hook in _hooks(recipe, draft, archives)]
    return [*options, RELEASE, str(draft / "root.tar"), str(private)]


def _hooks(recipe: Recipe, draft: Path, archives: list[Source]) -> Iterator[str]:
    if recipe.backports:
        install = f"apt-get install --yes --no-install-recommends -t {RELEASE}-backports"
        yield f'chroot "$1" {install} {shlex.join(recipe.backports)}'
    if recipe.node:
        node_archive(draft / "node.tar")
        yield f"tar-in {shlex.quote(str(draft / 'node.tar'))} /"
        yield 'chroot "$1" groupadd --gid 1000 node'
        yield 'chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node'
    # What the machine needs to reach its mirror stays on the machine.
    public = draft / "public.list"
    public.write_text("".join(map(_public_line, archives)), encoding="utf-8")
    (draft / "public.conf").write_text(_APT_SETTINGS, encoding="utf-8")
    yield 'rm -rf "$1/etc/apt/sources.list.d/"* "$1/etc/apt/apt.conf.d/99mmdebstrap"'
    yield f"upload {shlex.quote(str(public))} /etc/apt/sources.list"
    yield f"upload {shlex.quote(str(draft / 'public.conf'))} /etc/apt/apt.conf.d/docker-slim"
    yield 'rm -f "$1/etc/passwd-" "$1/etc/shadow-" "$1/etc/group-" "$1/etc/gshadow-"'


def _sources(recipe: Recipe) -> list[Source]:
    found = sources.archives(RELEASE)
    if recipe.backports:
        found.append(replace(found[0], suite=f"{RELEASE}-backports"))
    return found


def _line(source: Source) -> str:
    signed = source.options.get("signed-by", "")
    options = f"[signed-by={signed}] " if signed.startswith("/") else ""
    return f"deb {options}{source.uri} {source.suite} {' '.join(source.components)}\n"


def _public_line(source: Source) -> str:
    """Leave out what only this machine has: credentials, and the place of its keys."""
    parts = urlsplit(source.uri)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return _line(replace(source, uri=bare, options={}))


def _proxy_settings() -> str:
    dump = process.run(["apt-config", "dump", "--format", "%f %v%n", *_PROXIES], what="apt-config")
    pairs = (line.split(maxsplit=1) for line in dump.stdout.splitlines() if " " in line.strip())
    return "".join(f'{name} "{value.strip()}";\n' for name, value in pairs)


def _private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)  # addresses may hold a password
    path.write_text(text, encoding="utf-8")
    return path


def _explain(recipe: Recipe, error: ToolError) -> ImageError:
    lines = [line for line in error.output.splitlines() if line.startswith("E:")]
    message = lines[0].removeprefix("E: ") if lines else error.message
    if "No space left on device" in error.output:
        return ImageError("no stand-in: the disk is full", "free some space")
    return ImageError(
        f"no stand-in of {recipe.name}: mmdebstrap: {message}", "see `apt-get update`"
    )
