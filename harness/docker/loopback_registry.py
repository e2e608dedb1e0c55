"""A real registry on loopback: Debian's, unpacked and not installed.

It stands in for the registries that a release uses. Its data are its own, and gone afterwards.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import choice
from string import ascii_letters, digits

import httpx

from harness import process
from harness.engine import packages
from harness.errors import ImageError
from harness.locks import is_held, locked, shared
from harness.paths import cache_dir
from harness.poll import PollTimeoutError, until
from harness.ports import free_port

__all__ = ["Credentials", "Registry", "is_there", "registry"]

Credentials = tuple[str, str]
"""User and password."""

_PACKAGES: Mapping[str, tuple[str, ...]] = {"trixie": ("docker-registry",)}
_PROGRAM = "usr/bin/docker-registry"
_START_SECONDS = 60
_ANSWERING = {httpx.codes.OK, httpx.codes.UNAUTHORIZED}
# A registry that outlived a killed harness would hold its port and its data.
_TIED = ("setpriv", "--pdeathsig", "KILL", "--")
_LOCK = "lock"


@dataclass
class Registry:
    """A registry that serves until it is stopped.

    Attributes:
        host: Its name in image references, `127.0.0.1:PORT`; engines take plain HTTP there.
        credentials: What it asks for; None if for nothing.
        place: Its directory: settings, `data`, `log`.
    """

    host: str
    credentials: Credentials | None
    place: Path
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def log(self) -> Path:
        """What it printed, each request among it."""
        return self.place / "log"

    def start(self) -> None:
        """Serve, on the same port and with the same data as before.

        Raises:
            ImageError: It does not come up.
        """
        program = packages.unpacked(_PACKAGES) / _PROGRAM
        command = [*_TIED, str(program), "serve", str(self.place / "config.yml")]
        child = self._running.enter_context(process.running(command, log=self.log))
        try:
            until(
                lambda: self._answers() or child.poll() is not None,
                seconds=_START_SECONDS,
                what="the loopback registry answers",
            )
        except PollTimeoutError as error:
            raise ImageError(str(error), f"see {self.log}") from error
        if child.poll() is not None:
            last = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
            raise ImageError(f"the loopback registry ended at once: {''.join(last)}")

    def stop(self) -> None:
        """End it, as a power cut would; `start` goes on with what was complete."""
        self._running.close()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.host}/v2/").status_code in _ANSWERING
        except httpx.HTTPError:
            return False


def is_there() -> bool:
    """Whether `registry` has to download nothing."""
    return packages.are_unpacked(_PACKAGES)


@contextmanager
def registry(credentials: Credentials | None = None) -> Iterator[Registry]:
    """Run a registry on a free loopback port.

    Args:
        credentials: What it is to ask for, as GHCR and Cloudflare's do; nothing if None.

    Raises:
        EngineError: The machine is no Debian, or its mirror does not give the package.
        ImageError: It does not come up.
    """
    packages.unpacked(_PACKAGES)
    with _place() as place:
        host = f"127.0.0.1:{free_port()}"
        settings = json.dumps(_settings(host, place, credentials))  # JSON is YAML
        (place / "config.yml").write_text(settings, encoding="utf-8")
        served = Registry(host, credentials, place)
        try:
            served.start()
            yield served
        finally:
            served.stop()


def _settings(host: str, place: Path, credentials: Credentials | None) -> dict[str, object]:
    settings: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "info"},
        "storage": {
            "filesystem": {"rootdirectory": str(place / "data")},
            "delete": {"enabled": True},
        },
        "http": {"addr": host},
    }
    if credentials:
        path = place / "htpasswd"
        path.touch(mode=0o600)
        path.write_text(f"{credentials[0]}:{_hash(credentials[1])}\n", encoding="utf-8")
        settings["auth"] = {"htpasswd": {"realm": "loopback", "path": str(path)}}
    return settings


def _hash(password: str) -> str:
    """Return bcrypt's hash, the only one that the registry takes; perl is on every Debian."""
    salt = "".join(choice(ascii_letters + digits) for _ in range(21))
    command = ["perl", "-e", "print crypt(<STDIN>, $ARGV[0])", f"$2b$05${salt}."]
    return process.run(command, what="hashing a password", stdin=password).stdout


@contextmanager
def _place() -> Iterator[Path]:
    """Hand over a directory; what a run that was killed left of its own goes first."""
    parent = cache_dir("loopback-registry")
    with ExitStack() as held:
        with locked(cache_dir() / "loopback-registry.lock"):
            for left in parent.iterdir():
                if not is_held(left / _LOCK):
                    shutil.rmtree(left, ignore_errors=True)
            place = Path(tempfile.mkdtemp(dir=parent))
            held.callback(shutil.rmtree, place, ignore_errors=True)
            held.enter_context(shared(place / _LOCK))
        yield place
