"""Who holds a thing: a process, told apart from a later one with the same number."""

from dataclasses import dataclass

import psutil

__all__ = ["Owner"]

# Boot and start times are read in seconds, and their last digits differ between readings.
_SAME_MOMENT = 2.0


@dataclass(frozen=True)
class Owner:
    """A process on this machine since this boot.

    Attributes:
        pid: Its number.
        started: When it started, seconds since the epoch.
        booted: When the machine did, seconds since the epoch.
    """

    pid: int
    started: float
    booted: float

    @classmethod
    def me(cls) -> "Owner":
        """Return the current process."""
        booted, me = psutil.boot_time(), psutil.Process()
        return cls(me.pid, me.create_time(), booted)

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """Read what `str` wrote.

        Raises:
            ValueError: The text is something else.
        """
        pid, started, booted = text.split("/")
        return cls(int(pid), float(started), float(booted))

    def __str__(self) -> str:
        return f"{self.pid}/{self.started:.2f}/{self.booted:.2f}"

    def is_of_here(self) -> bool:
        """Whether it is, or was, a process of this machine since this boot."""
        return abs(psutil.boot_time() - self.booted) <= _SAME_MOMENT

    def alive(self) -> bool:
        """Whether that very process still runs."""
        booted = psutil.boot_time()
        try:
            process = psutil.Process(self.pid)
            # Whoever sets the clock moves both moments, and not what lies between them.
            later = (process.create_time() - booted) - (self.started - self.booted)
            return abs(later) < _SAME_MOMENT and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
