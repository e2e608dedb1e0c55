import asyncio

import pytest

from harness.poll import PollTimeoutError, eventually


def test_what_comes_about_is_returned_while_other_tasks_go_on() -> None:
    async def wait() -> str:
        seen: list[str] = []

        async def look() -> str:
            return seen[0] if seen else ""

        asyncio.get_running_loop().call_later(0.1, seen.append, "it")
        return await eventually(look, seconds=5, what="it comes", every=0.01)

    assert asyncio.run(wait()) == "it"


def test_what_does_not_come_about_is_told_with_what_was_seen() -> None:
    async def look() -> int:
        return 0

    with pytest.raises(PollTimeoutError, match=r"it comes: not within 0 s \(last seen: 0\)"):
        asyncio.run(eventually(look, seconds=0, what="it comes"))
