"""A Cloudflare in memory, for releases that are killed at every moment there is.

It knows what mixed states are: version, configured image and the image that runs are apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

from harness.cloudflare.journal import Journal
from harness.cloudflare.record import Phase, Record, StaleError
from harness.cloudflare.release import Release
from harness.cloudflare.serving import Candidate, Live, Serving
from harness.cloudflare.smoke import Expected, Outcome, Result, Seen, Sight
from harness.cloudflare.target import Target
from harness.errors import ToolError

OLD = Serving(version="v1", image="registry/loa@sha256:one", revision="one")
NEW = Candidate(release="r2", commit="two", image="registry/loa@sha256:two", revision="two")
SAME_IMAGE = NEW.model_copy(update={"image": OLD.image, "revision": OLD.revision})

LATE = 4
"""How many looks at what serves a call that was cut off is late."""


class KilledError(BaseException):
    """SIGKILL: nothing of the process runs on."""


@dataclass
class MadeUp:
    """A Worker, its container and the records, with a bomb.

    Attributes:
        shares: The live deployment.
        configured: The image that the application is to run.
        running: The image that it runs.
        bases: The version that a secret was added to, by the one which that made.
        ill: Versions and images that do not answer well.
        silent: Whether nobody can be asked.
        lies: Rollouts that are reported and do nothing.
        fails: The call that fails, by name, and whether it was done nevertheless.
        cut: The call that is cut off, by name, and by what; it is done some looks later.
        bomb: After how many moments the process is killed.
        secrets: What was set since the version that is to serve again was uploaded.
        lost: The images that the registry has no more.
        patience: For how many seconds it was asked each time.
    """

    shares: tuple[tuple[str, float], ...] = ((OLD.version, 100.0),)
    configured: str = OLD.image
    running: str = OLD.image
    changes: int = 1
    uploads: dict[str, str] = field(default_factory=lambda: {OLD.version: "r1"})
    bases: dict[str, str] = field(default_factory=dict)
    ill: set[str] = field(default_factory=set)
    silent: bool = False
    lies: bool = False
    fails: dict[str, bool] = field(default_factory=dict)
    cut: dict[str, BaseException] = field(default_factory=dict)
    late: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    bomb: int = -1
    moments: int = 0
    done: list[str] = field(default_factory=list)
    records: dict[str, tuple[Record, int]] = field(default_factory=dict)
    during: Callable[[str], None] = lambda _: None
    secrets: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    patience: list[float] = field(default_factory=list)

    def change(self, what: str, make: Callable[[], None]) -> None:
        """Make a change; the process may die just before and just after it."""
        self.moment()
        if what in self.cut:
            self.late.append((LATE, make))
            raise self.cut.pop(what)
        if self.fails.get(what) is False:
            raise ToolError(f"{what} failed")
        make()
        self.done.append(what)
        self.during(what)
        self.moment()
        if self.fails.get(what) is True:
            raise ToolError(f"{what} failed after it was done")

    def moment(self) -> None:
        """Let time pass."""
        self.moments += 1
        if self.moments == self.bomb:
            raise KilledError

    @property
    def served(self) -> tuple[tuple[tuple[str, float], ...], str, str]:
        """All that makes up what users get."""
        return self.shares, self.configured, self.running

    # Site

    name = "loa"
    settling = 0.0
    settings = SimpleNamespace(migration="")
    worker = SimpleNamespace(migration=lambda: "")

    def live(self) -> Live | None:
        arrived = [make for left, make in self.late if not left]
        self.late = [(left - 1, make) for left, make in self.late if left]
        for make in arrived:
            make()
        if not self.shares:
            return None
        return Live(
            versions=self.shares, application="a", image=self.configured, changes=self.changes
        )

    def is_of(self, version: str, release: str) -> bool:
        return bool(release) and self.uploads.get(version) == release

    def base_of(self, version: str) -> str:
        return self.bases.get(version, version)

    def uploaded(self, release: str) -> str:
        return next((it for it, tag in self.uploads.items() if tag == release), "")

    def deploy(self, candidate: Candidate) -> str:
        version = self._upload(candidate)
        self.change("put", lambda: self._share(((version, 100.0),)))
        self.change("patch", lambda: self._configure(candidate.image))
        self.change("rollout", self._run)
        return version

    def upload(self, candidate: Candidate) -> str:
        self.change("upload", lambda: None)
        return self._upload(candidate)

    def promote(self, version: str, why: str) -> None:
        del why
        self.change("promote", lambda: self._share(((version, 100.0),)))

    def serve(self, shares: Sequence[tuple[str, float]], why: str) -> list[str]:
        del why
        self.change("serve", lambda: self._share(tuple(shares)))
        return self.secrets

    def roll_out(self, image: str) -> None:
        self.change("patch", lambda: self._configure(image))
        self.change("rollout", self._run)

    def ask(self, expected: Expected, *, seconds: float, version: str = "") -> Result:
        self.patience.append(seconds)
        self.moment()
        if self.silent:
            return Result(Outcome.INCONCLUSIVE, Seen(Sight.UNREACHABLE, "unreachable"))
        answering = version or self.shares[0][0]
        revision = self.running.rpartition(":")[2]
        if {answering, self.running} & self.ill:
            return Result(Outcome.FAILED, Seen(Sight.DEAD_CONTAINER, "dead container"))
        if expected.version != answering:
            return Result(Outcome.FAILED, Seen(Sight.OLD_VERSION, "old version"))
        if expected.revision not in {"", revision}:
            return Result(Outcome.FAILED, Seen(Sight.OLD_IMAGE, "old image"))
        return Result(Outcome.PASSED, Seen(Sight.GOOD, "good"))

    def _upload(self, candidate: Candidate) -> str:
        version = f"v{len(self.uploads) + 1}"
        self.uploads[version] = candidate.release
        return version

    def _share(self, shares: tuple[tuple[str, float], ...]) -> None:
        self.shares = shares

    def _configure(self, image: str) -> None:
        self.configured = image
        self.changes += 1

    def _run(self) -> None:
        if not self.lies:
            self.running = self.configured

    # Registry

    def lacks(self, image: str) -> bool:
        return image in self.lost

    # Shelf

    def read(self, environment: str) -> tuple[Record, str]:
        record, mark = self.records.get(environment, (Record(), 0))
        return record, str(mark) if mark else ""

    def write(self, environment: str, record: Record, replaces: str) -> str:
        self.moment()
        mark = self.records.get(environment, (record, 0))[1]
        if replaces != (str(mark) if mark else ""):
            raise StaleError
        self.records[environment] = record, mark + 1
        self.moment()
        return str(mark + 1)


def release_of(cloud: MadeUp, owner: str = "me") -> Release:
    """Return a release of production, whose record is taken over from whoever has it."""
    journal = Journal(cloud, "production", owner, lease=0)
    journal.take()
    return Release(cloud, journal, seconds=1)


def phase_of(cloud: MadeUp) -> Phase:
    return cloud.read("production")[0].phase


@dataclass(frozen=True)
class MadeUpTarget(Target):
    """A made-up Cloudflare as one of several sees it who release to it.

    Attributes:
        cloud: It.
        owner: Who releases.
        others: The environments that have a Worker of their own.
    """

    cloud: MadeUp
    owner: str
    others: dict[str, MadeUp] = field(default_factory=dict)

    def journals(self, *environments: str) -> list[Journal]:
        return [Journal(self.cloud, name, self.owner, lease=10) for name in environments]

    def site(self, environment: str) -> MadeUp:  # type: ignore[override]
        return self.others.get(environment, self.cloud)

    @property
    def registry(self) -> MadeUp:  # type: ignore[override]
        return self.cloud


def target(cloud: MadeUp, owner: str = "me", **others: MadeUp) -> Target:
    return MadeUpTarget(None, None, None, cloud, owner, others)  # type: ignore[arg-type]
