"""A day's work in half an hour: a thousand saves, while clients ask and write."""

from itertools import count

import pytest

from harness.engine.model import Engine
from harness.poll import until
from tests.start.conftest import layer_copy
from tests.start.handover import Dev, developing
from tests.start.records import writers
from tests.start.traffic import Kept, New, Traffic, asking

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.xdist_group("start")]

GATEWAY = 18789
RELOADS = 1_000
PATIENCE = 120.0
LOG = 20_000
"""Characters of the log that tell of the last few reloads."""


def test_a_thousand_reloads_lose_no_request_and_no_record(docker: Engine, image: str) -> None:
    numbers = count()

    def append() -> str:
        return f"/loa/append?text=record-{next(numbers)}"

    writing = (New(), Kept())
    with layer_copy() as project, developing(docker, image, project) as dev:
        dev.begin()
        port = dev.run.port(GATEWAY)
        with asking(port, [New()]) as readers, asking(port, writing, append) as written:
            acknowledges(dev, written, len(writing))
            for number in range(RELOADS):
                dev.mark(f"reload {number}")
                dev.serves(f"reload {number}")
                acknowledges(dev, written, len(writing))
                lost_none(dev, readers, written)
        lost_none(dev, readers, written)
        assert len(dev.reloads) == RELOADS
        assert writers(dev, written) == 1 + RELOADS


def acknowledges(dev: Dev, written: Traffic, clients: int) -> None:
    """Wait until whoever serves now has written, however soon the next one serves."""
    before = written.answers
    # One request of each client may still be answered by the gateway before.
    with dev.run.explained():
        until(
            lambda: written.answers > before + clients,
            seconds=PATIENCE,
            what="a record is acknowledged",
            every=0.01,
        )


def lost_none(dev: Dev, *traffic: Traffic) -> None:
    """Fail while the log still ends with what happened when a request was lost."""
    failures = [line for some in traffic for line in some.failures]
    assert not failures, f"{failures}\n{dev.run.log()[-LOG:]}"
