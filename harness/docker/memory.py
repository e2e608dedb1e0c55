"""What the engine knows of a container that ran out of memory."""

from harness.docker.stack import Stack

__all__ = ["ran_out_of_memory"]


def ran_out_of_memory(stack: Stack) -> bool:
    """Whether the kernel killed something in the container since it was last started.

    The engine keeps this also where the container goes on, since only the gateway in it was killed
    and started again. Its events would say how often, but it forgets all but the last 256, and each
    health check is three.
    """
    return bool(stack.container.attrs["State"]["OOMKilled"])
