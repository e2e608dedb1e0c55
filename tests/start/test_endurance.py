"""A day's work in half an hour: a thousand saves, while clients ask and write."""

from itertools import count

import pytest

from harness.engine.model import Engine
from tests.start.conftest import layer_copy
from tests.start.handover import developing
from tests.start.records import writers
from tests.start.traffic import Kept, New, asking

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.xdist_group("start")]

GATEWAY = 18789
RELOADS = 1_000


def test_a_thousand_reloads_lose_no_request_and_no_record(docker: Engine, image: str) -> None:
    numbers = count()

    def append() -> str:
        return f"/loa/append?text=record-{next(numbers)}"

    with layer_copy() as project, developing(docker, image, project) as dev:
        dev.begin()
        port = dev.run.port(GATEWAY)
        with asking(port, [New()]) as readers, asking(port, [New(), Kept()], append) as written:
            for number in range(RELOADS):
                dev.mark(f"reload {number}")
                dev.serves(f"reload {number}")
        assert readers.failures == []
        assert written.failures == []
        assert len(dev.reloads) == RELOADS
        assert writers(dev, written) >= RELOADS
