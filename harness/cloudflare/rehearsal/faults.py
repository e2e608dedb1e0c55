"""Faults that a rehearsal injects into the loopback Cloudflare."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

__all__ = [
    "Applied",
    "Die",
    "Fault",
    "Faults",
    "Planned",
    "Reset",
    "Run",
    "Scattered",
    "Stall",
    "Status",
]

_MOST_IN_A_ROW = 2


@dataclass(frozen=True)
class Status:
    """Answer with a status instead, in Cloudflare's envelope.

    Attributes:
        code: For example 429 or 503.
        retry_after: Seconds for the header of that name, none if it is None.
    """

    code: int
    retry_after: int | None = None


@dataclass(frozen=True)
class Reset:
    """Cut the connection without an answer."""


@dataclass(frozen=True)
class Stall:
    """Do not answer for some seconds, and then as always; for good if there are none given."""

    seconds: float | None = None


@dataclass(frozen=True)
class Die:
    """Cut the connection, and every later one to the API too, until the faults are cleared."""


@dataclass(frozen=True)
class Run:
    """Answer as always, and then do something: kill the client, for example."""

    action: Callable[[], None]


@dataclass(frozen=True)
class Applied:
    """Do what is asked, but let the client see something else."""

    seen: Status | Reset | Stall | Die = field(default_factory=lambda: Status(500))


Fault = Status | Reset | Stall | Die | Run | Applied


@dataclass
class Planned:
    """A fault and the calls that it hits.

    Attributes:
        what: The fault.
        match: A glob on `METHOD /path`.
        first: Which matching call is the first to be hit, from 1.
        times: How many are hit from there on, none if for good.
        seen: Matching calls so far.
    """

    what: Fault
    match: str
    first: int
    times: int | None
    seen: int = 0

    def hits(self, call: str) -> bool:
        """Count a call, and return whether it is to be hit."""
        if not fnmatchcase(call, self.match):
            return False
        self.seen += 1
        past = self.seen - self.first
        return past >= 0 and (self.times is None or past < self.times)

    @property
    def spent(self) -> int:
        """How many calls were hit."""
        hit = max(0, self.seen - self.first + 1)
        return hit if self.times is None else min(hit, self.times)


class Scattered:
    """Faults that hit calls by chance, the same ones for the same seed and order of calls.

    No call is hit more than twice in a row, so that patience always gets through.

    Args:
        seed: Of the chance.
        share: How many of all calls are hit, 0 to 1.
        among: One of these is taken each time.
    """

    def __init__(self, seed: int, share: float, among: Sequence[Fault]) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- no secret: it is to be repeatable
        self._share = share
        self._among = among
        self._in_a_row: Counter[str] = Counter()
        self.spent = 0

    def draw(self, call: str) -> Fault | None:
        """Return what is to happen to a call, None for nothing."""
        hit = self._chance.random() < self._share
        what = self._chance.choice(self._among)
        if not hit or self._in_a_row[call] >= _MOST_IN_A_ROW:
            del self._in_a_row[call]
            return None
        self._in_a_row[call] += 1
        self.spent += 1
        return what


class Faults:
    """The faults that are planned; may be changed while calls are answered."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []
        self._scattered: Scattered | None = None
        self._lock = threading.Lock()
        self.dead = False

    def inject(self, match: str, what: Fault, *, nth: int = 1, times: int | None = 1) -> Planned:
        """Plan a fault; of several that fit a call, the first planned one is taken.

        Args:
            match: A glob on `METHOD /path`: `POST */deployments`, or `*` for every call.
            what: What happens.
            nth: Which matching call from now on is hit first.
            times: How many are hit from there on, None for good.
        """
        planned = Planned(what, match, nth, times)
        with self._lock:
            self._planned.append(planned)
        return planned

    @property
    def have_hit(self) -> bool:
        """Whether each planned fault has hit a call; true where none is planned."""
        with self._lock:
            return all(planned.spent for planned in self._planned)

    def scatter(self, seed: int, share: float, among: Sequence[Fault]) -> Scattered:
        """Let chance hit the calls that no planned fault hits; see `Scattered`."""
        with self._lock:
            self._scattered = Scattered(seed, share, among)
        return self._scattered

    def clear(self) -> None:
        """Forget all faults; what died lives again."""
        with self._lock:
            self._planned.clear()
            self._scattered = None
            self.dead = False

    def take(self, method: str, path: str) -> Fault | None:
        """Return what is to happen to a call, which is counted."""
        with self._lock:
            if self.dead:
                return Die()
            call = f"{method} {path}"
            hit = [planned.what for planned in self._planned if planned.hits(call)]
            if not hit and self._scattered:
                return self._scattered.draw(call)
        return hit[0] if hit else None
