"""What the engine knows of a container that ran out of memory."""

import time

from harness.docker.stack import Stack

__all__ = ["out_of_memory_kills"]


def out_of_memory_kills(stack: Stack) -> int:
    """Return how often the kernel killed in the container since it was created.

    A container that was started again has forgotten that it was killed; the engine's own record of
    events (its last 256) has not.
    """
    container = stack.container
    events = stack.engine.client.events(
        since=container.attrs["Created"],
        until=int(time.time()) + 1,
        filters={"container": container.id, "event": "oom"},
        decode=True,
    )
    return sum(1 for _ in events)
