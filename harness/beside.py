"""Work that goes on in a thread beside a block, and ends with it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["beside"]


@contextmanager
def beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `work` in a thread while the block runs, and wait for its end.

    What it raises is raised at the end of the block, if that has come so far: work that ended
    unseen would be taken for work that found nothing.

    Args:
        work: Returns soon after the event that it is given is set. An interrupted process does not
            wait for it.
    """
    over = threading.Event()
    raised: list[Exception] = []

    def run() -> None:
        try:
            work(over)
        except Exception as error:  # noqa: BLE001 -- it is raised where it is waited for
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    for error in raised:
        raise error
