"""Ten saves come as far apart as is said of them, however long it takes to see who serves."""

import time
from types import SimpleNamespace
from typing import cast

import pytest

from harness.criteria.facts import reload
from harness.docker.stack import Stack


class Slow:
    """Keeps when each save came; whoever looks takes a while."""

    def __init__(self) -> None:
        self.saved: list[float] = []
        self.path = SimpleNamespace(name="scheduler.ts", write_text=self._save)

    def _save(self, *_: object, **__: object) -> None:
        self.saved.append(time.monotonic())

    def answering(self) -> "Slow":
        return self

    def edited(self) -> str:
        return ""

    def save(self, _: str) -> None:
        """It is not counted."""

    def value(self) -> None:
        """Nobody answers."""

    def wait_for_other(self, *_: object, **__: object) -> None:
        """Nobody answers."""


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_saves_come_at_their_pace(monkeypatch: pytest.MonkeyPatch, pause: float) -> None:
    slow = Slow()
    container = SimpleNamespace(logs=lambda **_: b"")
    project = SimpleNamespace(config=SimpleNamespace(probe=SimpleNamespace(url="/")))
    monkeypatch.setattr(reload, "Probe", lambda _: slow)
    monkeypatch.setattr(reload, "serving", lambda *_: time.sleep(0.6))
    monkeypatch.setattr(reload, "_PATIENCE", 0.3)
    stack = cast("Stack", SimpleNamespace(container=container, project=project))
    reload._Observer(stack)._burst(pause)  # noqa: SLF001 -- all else of it needs a gateway
    assert len(slow.saved) == 10
    # One that comes late on a busy machine is closer to the next one; all of them are not.
    assert slow.saved[-1] - slow.saved[0] >= 9 * pause / 2
