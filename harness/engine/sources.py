"""Where this machine's apt gets Debian's packages from, and which key signs them."""

import platform
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness import process
from harness.errors import EngineError, ToolError

__all__ = ["Source", "archives", "codename", "read"]

_ARCHIVE_NAMES = {"debian", "debian-security"}
_STEMS = {"stable", "oldstable"}
_SUFFIXES = ("", "-updates", "-security")
# What an entry may say about how it is checked; the rest (trusted=yes, say) is not ours to copy.
_KEPT_OPTIONS = ("signed-by", "check-valid-until")


@dataclass(frozen=True)
class Source:
    """One archive in apt's sources.

    Attributes:
        uri: Its address; it may hold credentials.
        suite: The release in it.
        components: The parts of the release.
        options: Options by lower-case name.
    """

    uri: str
    suite: str
    components: tuple[str, ...] = ("main",)
    options: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            "Types: deb",
            f"URIs: {self.uri}",
            f"Suites: {self.suite}",
            f"Components: {' '.join(self.components)}",
            *(f"{name}: {value}" for name, value in self.options.items()),
        ]
        return "\n".join(lines) + "\n"


def codename() -> str:
    """Return the codename of the machine's Debian release, for example `bookworm`.

    Raises:
        EngineError: The machine runs something else.
    """
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    if release.get("ID") != "debian" or not shutil.which("apt-get"):
        name = release.get("PRETTY_NAME", platform.system())
        raise EngineError(f"packages are unpacked on Debian only, and this is {name}")
    return release.get("VERSION_CODENAME", "unknown")


def archives(release: str) -> list[Source]:
    """Return the sources of a Debian release, at the mirrors that this machine uses.

    Point releases, updates and security updates are taken where the machine takes its own.

    Raises:
        EngineError: apt's sources name no mirror of Debian's archive.
    """
    wanted: dict[str, Source] = {}
    for source in _debian(read()):
        suffix = _suffix(source.suite)
        options = {key: source.options[key] for key in _KEPT_OPTIONS if key in source.options}
        wanted.setdefault(suffix, Source(source.uri, release + suffix, ("main",), options))
    if "" not in wanted:
        raise EngineError(
            "apt's sources name no mirror of Debian's archive", "add one to /etc/apt/sources.list"
        )
    return list(wanted.values())


def read() -> list[Source]:
    """Return all of apt's sources of binary packages, in apt's order.

    Raises:
        EngineError: apt's configuration cannot be read.
    """
    asked = ("LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d")
    try:
        said = process.run(["apt-config", "shell", *asked], what="apt-config").stdout
    except ToolError as error:
        raise EngineError(str(error)) from error
    places = dict(word.split("=", 1) for word in shlex.split(said))
    parts = Path(places["PARTS"])
    files = [Path(places["LIST"]), *(sorted(parts.iterdir()) if parts.is_dir() else [])]
    return [source for path in files for source in _parse(path)]


def _debian(sources: list[Source]) -> list[Source]:
    stems = {*_STEMS, codename()}
    fit = [
        source
        for source in sources
        if "main" in source.components
        and not source.uri.startswith("cdrom:")
        and source.suite.removesuffix(_suffix(source.suite)) in stems
    ]
    # Others name their releases like Debian; a mirror under another name counts if alone.
    return [source for source in fit if _is_archive(source)] or fit[:1]


def _is_archive(source: Source) -> bool:
    name = urlsplit(source.uri).path.rstrip("/").rpartition("/")[2]
    return name in _ARCHIVE_NAMES or "debian-archive" in source.options.get("signed-by", "")


def _suffix(suite: str) -> str:
    return next((it for it in reversed(_SUFFIXES) if suite.endswith(it)), "")


def _parse(path: Path) -> Iterator[Source]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if path.suffix == ".sources":
        for stanza in _stanzas(text):
            yield from _from_stanza(stanza)
    elif path.suffix == ".list":
        for line in text.splitlines():
            yield from _from_line(line)


def _from_line(line: str) -> Iterator[Source]:
    """Read one line of the older format: `deb [option=value …] URI SUITE COMPONENT …`."""
    head, bracket, rest = line.partition("#")[0].partition("[")
    inside, _, tail = rest.partition("]")
    kind, *words = f"{head} {tail}".split() if bracket else head.split() or [""]
    if kind == "deb" and len(words) > 1:
        options = dict(word.split("=", 1) for word in inside.split() if "=" in word)
        lowered = {key.lower(): value for key, value in options.items()}
        yield Source(words[0], words[1], tuple(words[2:]), lowered)


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Read the newer format: fields over several lines, stanzas parted by empty lines."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for block in "\n".join(lines).split("\n\n"):
        stanza: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1].isspace():
                stanza[name] = f"{stanza.get(name, '')}\n{line}"
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                stanza[name] = value.strip()
        if stanza:
            yield stanza


def _from_stanza(stanza: dict[str, str]) -> Iterator[Source]:
    enabled = stanza.get("enabled", "yes").lower() not in {"no", "false", "0", "off"}
    if not enabled or "deb" not in stanza.get("types", "").split():
        return
    components = tuple(stanza.get("components", "").split())
    for uri in stanza.get("uris", "").split():
        for suite in stanza.get("suites", "").split():
            yield Source(uri, suite, components, stanza)
