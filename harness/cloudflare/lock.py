"""The environments of a release, held against others from its first step to its last."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from harness.cloudflare.journal import Journal
from harness.cloudflare.record import Phase
from harness.cloudflare.release import Release
from harness.cloudflare.target import Target
from harness.cloudflare.way_back import BACK_SECONDS, Ending
from harness.console import log
from harness.errors import HarnessError

__all__ = ["finish", "finish_first", "held", "naming"]


@contextmanager
def held(
    target: Target, environments: Sequence[str], settle: Callable[[Journal], None] | None = None
) -> Iterator[list[Journal]]:
    """Hold environments, after what a killed release left in them was finished.

    The last one is taken first: it is production, and a second release is to end before it
    changes anything at all. All give signs of life to the end, while an image is built and while
    another environment is released too: else a second release would take them for dead.

    Args:
        target: Where.
        environments: Their names.
        settle: Does with a record that was left unfinished what is to be done, and takes it again;
            else it is finished as `finish_first` does.

    Raises:
        HarnessError: Another release is under way, or what was left cannot be finished yet.
    """
    journals = target.journals(*environments)
    with ExitStack() as kept:
        for journal in reversed(journals):
            journal.take()
            if journal.record.phase is not Phase.HELD:
                (settle or (lambda it: finish_first(target, it)))(journal)
            kept.callback(_let_go, journal)
            kept.enter_context(journal.beating())
        yield journals


def finish(target: Target, journal: Journal, seconds: float) -> Ending:
    """Finish what a killed release left in a record that was taken, and let go of it.

    Args:
        target: Where.
        journal: The record.
        seconds: How long what serves then is given to answer well.

    Raises:
        HarnessError: It cannot be finished yet.
    """
    if journal.record.phase is Phase.HELD:
        journal.close(journal.record.freed())
        return Ending()
    site = target.site(journal.environment)
    with naming(journal.environment), journal.beating():
        return Release(site, journal, seconds=seconds).finish(seconds)


def finish_first(target: Target, journal: Journal) -> None:
    """Finish what a killed release left before something else is done; raises as `finish`."""
    ending = finish(target, journal, BACK_SECONDS)
    log.warn(f"{journal.environment}: a release was left unfinished; {ending.said}")
    journal.take()


@contextmanager
def naming(environment: str) -> Iterator[None]:
    """Have what goes wrong in the block say in which environment it did."""
    try:
        yield
    except HarnessError as error:
        if not error.message.startswith(f"{environment}: "):
            error.message = f"{environment}: {error.message}"
        raise


def _let_go(journal: Journal) -> None:
    """Let others at a record under which nothing was changed."""
    record = journal.record
    if record.owner and record.phase is Phase.HELD:
        journal.close(record.freed())
    elif record.owner and record.phase is Phase.UNSURE:
        journal.close(record)
