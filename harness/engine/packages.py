"""Debian packages, downloaded and unpacked beside the system; nothing is installed.

apt runs with sources, lists and cache of its own, but with the machine's mirrors, keys and
connection settings, and checks the archive's signature as always.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from harness import process, whole
from harness.engine import sources
from harness.errors import EngineError, ToolError
from harness.locks import locked
from harness.paths import cache_dir

__all__ = ["Progress", "are_unpacked", "fetch", "place", "remove", "remove_unused", "unpacked"]

Progress = Callable[[str], None]
"""Takes a few words on what is being done just now."""

VERSIONS = "versions.json"
_DRAFT = ".harness-draft-"
# An apt that outlived a killed harness would hold its lock against the next one.
_TIED = ("setpriv", "--pdeathsig", "KILL", "--")


def place() -> Path:
    """Return where unpacked packages are kept."""
    return cache_dir("engine", "packages")


def unpacked(
    names_by_release: Mapping[str, Sequence[str]],
    *,
    upgrade: bool = False,
    progress: Progress = lambda _: None,
) -> Path:
    """Return a directory that holds the packages' files, named by their versions.

    It is made once for each set of packages; later calls ask no mirror.

    Args:
        names_by_release: Package names by the Debian release that they come from.
        upgrade: Ask the mirror whether there are newer versions, and unpack them beside.
        progress: Told what is being done.

    Raises:
        EngineError: See `fetch`.
    """
    with locked(cache_dir() / "packages.lock"):
        pointer = place() / f"{_digest(names_by_release)}.json"
        known = _read(pointer)
        if known and not upgrade and (place() / known / VERSIONS).exists():
            return place() / known
        with _draft(place()) as staging:
            versions = _make(names_by_release, staging, progress)
            name = f"{next(iter(versions))}-{next(iter(versions.values()))}-{_digest(versions)}"
            folder = place() / re.sub(r"[^\w.+-]", "_", name)
            _publish(staging, folder)
        whole.replace(pointer, json.dumps(folder.name) + "\n")
        return folder


def are_unpacked(names_by_release: Mapping[str, Sequence[str]]) -> bool:
    """Whether `unpacked` would return at once."""
    known = _read(place() / f"{_digest(names_by_release)}.json")
    return bool(known) and (place() / known / VERSIONS).exists()


def fetch(
    names_by_release: Mapping[str, Sequence[str]],
    into: Path,
    *,
    progress: Progress = lambda _: None,
) -> dict[str, str]:
    """Download packages and unpack them into a directory that does not exist yet.

    The directory appears complete, with a `versions.json`, or not at all. Dependencies are not
    followed, and no maintainer script runs.

    Args:
        names_by_release: Package names by the Debian release (codename) that they come from.
        into: Where to; one that is there already, complete, is taken as it is.
        progress: Told what is being done.

    Returns:
        Version by package name.

    Raises:
        EngineError: The machine is no Debian, or apt cannot download or verify a package.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    with locked(cache_dir() / "packages.lock"):
        if not (into / VERSIONS).exists():
            with _draft(into.parent) as staging:
                _make(names_by_release, staging, progress)
                _publish(staging, into)
    return dict(json.loads((into / VERSIONS).read_text(encoding="utf-8")))


def remove() -> None:
    """Remove all unpacked packages; they are downloaded again when they are needed."""
    with locked(cache_dir() / "packages.lock"):
        for name in ("packages", "apt"):
            shutil.rmtree(cache_dir("engine") / name, ignore_errors=True)


def remove_unused() -> None:
    """Remove what newer versions have replaced; only safe while no engine of ours runs."""
    with locked(cache_dir() / "packages.lock"):
        used = {_read(pointer) for pointer in place().glob("*.json")}
        for folder in place().iterdir():
            if folder.is_dir() and folder.name not in used:
                shutil.rmtree(folder, ignore_errors=True)


def _make(wanted: Mapping[str, Sequence[str]], staging: Path, progress: Progress) -> dict[str, str]:
    """Fill a directory with the packages' files; return their versions in the order asked for."""
    archives = staging / "archives"
    try:
        for release, names in wanted.items():
            (archives / release).mkdir(parents=True)
            _download(release, names, archives / release, progress)
        found: dict[str, str] = {}
        for archive in sorted(archives.glob("*/*.deb")):
            progress(f"unpacking {archive.name.partition('_')[0]}")
            found |= _extract(archive, staging)
    except ToolError as error:
        raise EngineError(*_explain(error)) from error
    shutil.rmtree(archives)
    versions = {name: found[name] for names in wanted.values() for name in names}
    whole.replace(staging / VERSIONS, json.dumps(versions, indent=1) + "\n")
    return versions


def _download(release: str, names: Sequence[str], into: Path, progress: Progress) -> None:
    apt: list[str | Path] = [*_TIED, "apt-get", "--quiet", "--config-file", _configure(release)]

    def follow(line: str) -> None:
        getting = re.match(r"Get:\d+ \S+ \S+ \S+ (\S+)", line)
        if getting:
            progress(f"downloading {getting[1]}")

    progress(f"reading the package lists of {release}")
    process.run([*apt, "update"], what="apt-get update")
    process.stream([*apt, "download", *names], follow, what="apt-get download", cwd=into)


def _configure(release: str) -> Path:
    """Write apt's configuration; it is read after the machine's own and replaces its places."""
    home = cache_dir("engine", "apt", release)
    for name in ("lists/partial", "archives/partial", "sources.d", "none"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "status").touch()
    text = "\n".join(str(source) for source in sources.archives(release))
    _write_private(home / "sources.d" / "debian.sources", text)
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": home / "sources.d",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": home / "none",
        "Dir::State": home,
        "Dir::State::lists": home / "lists",
        "Dir::State::status": home / "status",
        "Dir::Cache": home,
        "Dir::Cache::archives": home / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Acquire::GzipIndexes": "true",
        "Acquire::Languages": "none",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "APT::Get::AllowUnauthenticated": "false",
        # A mirror that does not answer is an error here, not a warning.
        "APT::Update::Error-Mode": "any",
        # Its own user could not write below root's home.
        "APT::Sandbox::User": "root",
    }
    # What the machine runs after its own updates.
    clear = ("APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
    lines = [f"#clear {name};" for name in clear]
    lines += [f'{name} "{value}";' for name, value in settings.items()]
    _write_private(home / "apt.conf", "\n".join(lines) + "\n")
    return home / "apt.conf"


def _extract(archive: Path, into: Path) -> dict[str, str]:
    unpacking: list[str | Path] = [*_TIED, "dpkg-deb", "--extract", archive, into]
    process.run(unpacking, what=f"unpacking {archive.name}")
    shown: list[str | Path] = [
        "dpkg-deb",
        "--show",
        "--showformat",
        "${Package} ${Version}",
        archive,
    ]
    name, version = process.run(shown).stdout.split()
    archive.unlink()
    return {name: version}


def _publish(staging: Path, folder: Path) -> None:
    if not (folder / VERSIONS).exists():
        shutil.rmtree(folder, ignore_errors=True)
        staging.chmod(0o755)
        staging.rename(folder)


@contextmanager
def _draft(parent: Path) -> Iterator[Path]:
    """Hand over a directory to fill; what a run that was killed left of its own goes first."""
    for left in parent.glob(f"{_DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _read(pointer: Path) -> str:
    with suppress(OSError, ValueError):
        return str(json.loads(pointer.read_text(encoding="utf-8")))
    return ""


def _write_private(path: Path, text: str) -> None:
    """Write what may hold a mirror's password."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _explain(error: ToolError) -> tuple[str, str]:
    lines = [line for line in error.output.splitlines() if line.startswith("E: ")]
    reason = lines[0].removeprefix("E: ") if lines else error.message
    return _without_credentials(f"Debian's packages: {reason}"), _advice(error.output)


def _advice(output: str) -> str:
    if "No space left" in output or "enough free space" in output:
        return f"free some space for {place()}, or set HARNESS_CACHE_DIR"
    if "is not signed" in output or "NO_PUBKEY" in output or "BADSIG" in output:
        return "the mirror cannot be trusted: mend apt's sources or keyrings, then try again"
    return "`apt-get update` shows whether the mirror can be reached"


def _without_credentials(text: str) -> str:
    """Remove user and password from the addresses in apt's words."""
    return " ".join(_bare(word) if "://" in word else word for word in text.split(" "))


def _bare(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
