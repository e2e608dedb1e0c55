from collections.abc import Iterator

import httpx
import pytest

from harness.cloudflare.rehearsal import Rehearsal, rehearsal
from tests.cloudflare.rehearsal.client import client


@pytest.fixture
def cloud() -> Iterator[Rehearsal]:
    """A Cloudflare that is asked nothing that it does not know."""
    with rehearsal() as up:
        yield up
        assert not up.calls.unknown


@pytest.fixture
def api(cloud: Rehearsal) -> Iterator[httpx.Client]:
    """The account's API with its token; addresses are below the account."""
    with client(cloud) as asking:
        yield asking
