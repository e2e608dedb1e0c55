from harness.benchmark.contestant import Contestant
from harness.benchmark.result import Entry, Turn


def test_a_lost_save_counts_as_lost_and_not_as_quick() -> None:
    turns = [
        Turn(seconds=seconds, asked=10, failed=1, stale=0, slowest=0.1, settled=True)
        for seconds in (2.0, None, 4.0)
    ]
    contestant = Contestant(name="a", title="a", rounds=3, settings="")
    entry = Entry(contestant=contestant, version="", turns=tuple(turns), broken=None)
    assert (entry.median, entry.lost, entry.asked, entry.failed) == (3.0, 1, 30, 3)
    nothing = entry.model_copy(update={"turns": (turns[1],)})
    assert (nothing.median, nothing.lost) == (None, 1)
