"""Events where entr reloads: made from what port 3000 answers, since it tells none itself."""

import time
from collections.abc import Callable
from typing import Any

from harness.health import NO_ANSWER, error_of

__all__ = ["Changes"]


class Changes:
    """Turns one look after the other at /health into events of the same form as the reloader's.

    Args:
        clock: Says how many seconds have gone by; a load is timed from the look that noticed it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._noticed = self._settled = -1
        self._said: tuple[object, ...] = ()

    def since(self, health: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what has happened since the look before; first of all, the state."""
        if self._noticed < 0:
            return [self._first(health)]
        generation, status = _generation(health), _status(health)
        events = []
        if generation > self._noticed and status in {"starting", "reloading"}:
            self._noticed, self._began = generation, self._clock()
            events.append(_event("noticed", health))
        if status == "healthy" and generation > self._settled:
            events.append({**_event("live", health), "afterMs": self._after(generation)})
            self._noticed = self._settled = generation
        return events + self._troubles(generation, health)

    def _first(self, health: dict[str, Any]) -> dict[str, Any]:
        status = _status(health)
        self._noticed = _generation(health)
        self._settled = self._noticed - (status in {"starting", "reloading", "broken"})
        self._said = (self._noticed, status, health.get("error"))
        told = {**health, "generation": self._noticed, "status": status, "error": error_of(health)}
        # The gateway before was ended first: there is nothing that goes on.
        told["serves"] = status == "healthy"
        return {"event": "state", "at": health.get("since"), "reloader": "entr", **told}

    def _troubles(self, generation: int, health: dict[str, Any]) -> list[dict[str, Any]]:
        status, error = _status(health), error_of(health) or "it does not say why"
        before, self._said = self._said, (generation, status, health.get("error"))
        if self._said == before:
            return []
        if status == "broken":
            # It may be healthy at the next look, and then is live again.
            has_served, self._settled = self._settled >= generation, generation - 1
            if has_served and error == NO_ANSWER:
                return [{**_event("silent", health), "afterMs": None, "serves": False}]
            about = {"afterMs": self._after(generation), "error": error, "serves": False}
            return [{**_event("broken", health), **about}]
        if status == "stopped" and health.get("error"):
            return [{"event": "ended", "at": health.get("since"), "status": error}]
        return []

    def _after(self, generation: int) -> float | None:
        """Return the milliseconds since a load was noticed; None where none was, or it is over."""
        began, self._began = self._began, None
        if began is None or generation != self._noticed:
            return None
        return round((self._clock() - began) * 1000)


def _generation(health: dict[str, Any]) -> int:
    """Return it; 0 where port 3000 is not our start script's, and counts nothing."""
    found = health.get("generation")
    return found if isinstance(found, int) else 0


def _status(health: dict[str, Any]) -> str:
    """Return it; a stranger's may be anything."""
    found = health.get("status")
    return found if isinstance(found, str) else "unknown"


def _event(name: str, health: dict[str, Any]) -> dict[str, Any]:
    cause = health.get("cause")
    about = {"generation": _generation(health), "cause": cause}
    return {"event": name, "at": health.get("since"), **about, "files": []}
