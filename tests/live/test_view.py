import re
import time
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from harness.console import log
from harness.live.messages import Checked, LogLine, Lost, Message, Mistake, Note, Outdated, Told
from harness.live.view import View

STATE = Told({"event": "state", "status": "healthy", "generation": 1})
LIVE_LINE = "scheduler.ts → live in 0.62 s (noticed 0.03, loaded 0.55)"
ERROR = "deploy/loa-identity/scheduler.ts:12: SyntaxError: Unexpected token"
GOES_ON = "scheduler.ts → broken after 0.31 s  the one before goes on serving"
MISTAKE = Mistake("scheduler.ts", 12, "TS2322", "Type 'string' is not assignable.")


class Screen:
    """A view without a terminal: what stays, and what is below it.

    The type checker's requests are numbered from 1; the first is that of the state.
    """

    def __init__(self, *, width: int = 200, redraws: bool = True, checks: bool = True) -> None:
        self.stays: list[str] = []
        self.requests = 0
        self._checks = checks
        self.view = View(
            lambda text: self.stays.extend(text.plain.split("\n")),
            width=lambda: width,
            layer=PurePosixPath("deploy/loa-identity"),
            check=self._check,
            redraws=redraws,
        )
        self.view.on(STATE)

    @property
    def below(self) -> list[str]:
        return self.view.region().plain.split("\n")

    def on(self, *messages: Message) -> None:
        for message in messages:
            self.view.on(message)

    def _check(self) -> int | None:
        self.requests += 1
        return self.requests if self._checks else None


@pytest.fixture
def screen() -> Screen:
    return Screen()


def event(name: str, **about: object) -> Told:
    return Told({"event": name, "at": "2026-01-01T00:00:00+00:00", **about})


def noticed(generation: int = 2) -> Told:
    return event("noticed", generation=generation, cause="scheduler.ts", files=[])


def live(generation: int = 2, **about: object) -> Told:
    times = {"noticedMs": 30, "loadedMs": 550, "servedMs": 620, "cold": False}
    load = {"generation": generation, "cause": "scheduler.ts", "files": ["scheduler.ts"]}
    return event("live", **{**load, **times, **about})


def broken(generation: int = 2, *, serves: bool = True) -> Told:
    about = {"generation": generation, "cause": "scheduler.ts", "files": [], "afterMs": 310}
    return event("broken", **about, error=ERROR, failure=None, serves=serves)


def silent(*, serves: bool = True) -> Told:
    about = {"generation": 2, "cause": "scheduler.ts", "files": []}
    return event("silent", **about, afterMs=650, serves=serves)


def test_at_rest_there_are_only_the_keys(screen: Screen) -> None:
    assert screen.stays == []
    assert screen.below == ["r restart  o open  l log  q leave"]
    assert not screen.view.moves


def test_a_load_under_way_is_shown_below(screen: Screen) -> None:
    screen.on(noticed())
    assert screen.view.moves
    assert screen.below[0].startswith("scheduler.ts → ")
    assert "loading 0.0 s" in screen.below[0]
    assert screen.stays == []


def test_a_save_whose_load_waits_for_a_warm_gateway_is_shown_at_once(screen: Screen) -> None:
    screen.on(event("waiting", cause="scheduler.ts", files=[]))
    assert screen.view.moves
    assert screen.below[0].startswith("scheduler.ts → ")
    assert "waiting for the next gateway to warm 0.0 s" in screen.below[0]
    screen.on(event("waiting", cause="scheduler.ts,wal.ts", files=[]))
    assert screen.below[0].startswith("scheduler.ts,wal.ts → ")
    screen.on(noticed())
    assert "loading 0.0 s" in screen.below[0]
    assert len(screen.below) == 2
    screen.on(live(servedMs=3400), Checked(2, 0))
    assert screen.stays == [
        "scheduler.ts → live in 3.40 s (noticed 0.03, waited 2.82, loaded 0.55)  tsc ok"
    ]


@pytest.mark.parametrize("end", [live(), broken()])
def test_a_load_that_does_not_answer_yet_is_shown_until_it_is_known_what_became_of_it(
    screen: Screen, end: Told
) -> None:
    screen.on(noticed(), silent())
    first, keys = screen.below
    assert re.fullmatch(
        r"scheduler\.ts → . does not answer yet 0\.\d s  the one before goes on serving", first
    )
    assert keys.startswith("r restart"), "nothing is broken yet"
    assert screen.stays == []
    screen.on(end)
    assert not screen.view.moves
    assert "does not answer" not in "".join([*screen.stays, *screen.below])


def test_a_load_that_does_not_answer_yet_counts_from_its_beginning(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([10.0, 12.5, 15.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    screen.on(noticed(), silent(serves=False))
    assert screen.below[0].endswith("does not answer yet 5.0 s")


def test_where_nothing_is_redrawn_one_line_says_that_a_load_does_not_answer_yet() -> None:
    screen = Screen(redraws=False)
    screen.on(noticed(), silent(), live())
    assert screen.stays == [
        "scheduler.ts → does not answer yet  the one before goes on serving",
        LIVE_LINE,
    ]


@pytest.mark.parametrize("serves", [True, False])
def test_who_comes_while_a_load_does_not_answer_yet_is_told_so(
    screen: Screen,
    serves: bool,  # noqa: FBT001 -- pytest's
) -> None:
    about = {"status": "reloading", "generation": 1, "silent": True, "serves": serves}
    screen.on(event("state", **about))
    instead = "  the one before goes on serving" if serves else ""
    head = "connected again, gateway → reloading (generation 1)"
    assert screen.stays == [f"{head}  does not answer yet{instead}"]


@pytest.mark.parametrize("name", ["restored", "ended", "stopping"])
def test_what_waits_no_longer_is_not_shown(screen: Screen, name: str) -> None:
    screen.on(event("waiting", cause="scheduler.ts", files=[]))
    screen.on(event(name, cause="scheduler.ts", files=[], status="killed"))
    assert not screen.view.moves


def test_the_line_is_there_before_the_type_checkers_result(screen: Screen) -> None:
    screen.on(noticed(), live())
    assert screen.below[0] == f"{LIVE_LINE}  tsc …"
    assert not screen.view.moves


def test_the_result_joins_the_line_that_is_last(screen: Screen) -> None:
    screen.on(noticed(), live(), Checked(2, 0))
    assert screen.stays == [f"{LIVE_LINE}  tsc ok"]


def test_errors_of_types_name_file_and_line_and_how_many_more(screen: Screen) -> None:
    screen.on(noticed(), live(), Checked(2, 4, [MISTAKE]))
    said = "tsc: scheduler.ts:12 TS2322 Type 'string' is not assignable.  and 3 more"
    assert screen.stays == [f"{LIVE_LINE}  {said}"]


def test_an_error_without_a_file_is_told_too(screen: Screen) -> None:
    screen.on(noticed(), live(), Checked(2, 1, [Mistake(None, None, "TS5083", "Cannot read.")]))
    assert screen.stays == [f"{LIVE_LINE}  tsc: TS5083 Cannot read."]


def test_once_something_else_was_said_the_result_has_a_line_of_its_own(screen: Screen) -> None:
    screen.on(noticed(), live(), Note("by the way"), Checked(2, 0))
    assert screen.stays == [LIVE_LINE, "· by the way", "scheduler.ts  tsc ok"]


def test_a_result_is_never_put_to_another_save(screen: Screen) -> None:
    screen.on(noticed(2), live(2), noticed(3), Checked(2, 1, [MISTAKE]), live(3), Checked(3, 0))
    assert screen.stays == [LIVE_LINE, f"{LIVE_LINE}  tsc ok"]


def test_a_late_result_of_an_older_save_does_not_join_the_newer_line(screen: Screen) -> None:
    screen.on(noticed(2), live(2), noticed(3), live(3), Checked(2, 1, [MISTAKE]))
    assert screen.below[0] == f"{LIVE_LINE}  tsc …"
    screen.on(Checked(3, 0))
    assert screen.stays == [LIVE_LINE, f"{LIVE_LINE}  tsc ok"]


def test_that_all_was_well_before_the_first_save_is_no_news(screen: Screen) -> None:
    screen.on(Checked(1, 0))
    assert screen.stays == []


def test_errors_that_were_there_before_are_told(screen: Screen) -> None:
    screen.on(Checked(1, 1, [MISTAKE]))
    assert screen.stays == ["tsc: scheduler.ts:12 TS2322 Type 'string' is not assignable."]


def test_without_a_type_checker_a_line_stays_at_once() -> None:
    screen = Screen(checks=False)
    screen.on(noticed(), live())
    assert screen.stays == [LIVE_LINE]


def test_where_nothing_can_be_drawn_anew_a_line_stays_at_once() -> None:
    screen = Screen(redraws=False)
    screen.on(noticed(), live(), Checked(2, 0))
    assert screen.stays == [LIVE_LINE, "scheduler.ts  tsc ok"]


def test_a_broken_save_names_the_place_and_what_goes_on(screen: Screen) -> None:
    screen.on(noticed(), broken(), Checked(2, 1, [MISTAKE]))
    types = "tsc: scheduler.ts:12 TS2322 Type 'string' is not assignable."
    assert screen.stays == [f"{GOES_ON}  {types}", f"  {ERROR}"]
    assert screen.below == ["broken  r restart  o open  l log  q leave"]


@pytest.mark.parametrize("width", [40, 300])
def test_a_secret_is_known_before_a_line_is_cut_or_broken(width: int) -> None:
    secret = f"sk-{'x1y2z3' * 17}"
    log.protect(secret)
    screen = Screen(width=width)
    about = {"generation": 2, "cause": "scheduler.ts", "files": [], "afterMs": 310}
    told = f"Error: 401 from the provider for {secret} {'word ' * 30}token={secret}"
    screen.on(noticed(), event("broken", **about, error=told, failure=None, serves=True))
    shown = "".join([*screen.stays, *screen.below])
    assert "Error: 401" in shown
    assert "x1y2z3" not in shown


SYNTAX = Mistake("scheduler.ts", 12, "TS1109", "Expression expected.")


@pytest.mark.parametrize("redraws", [True, False])
@pytest.mark.parametrize("total", [1, 2])
def test_a_mistake_of_syntax_is_not_said_twice(total: int, redraws: bool) -> None:  # noqa: FBT001 -- pytest's
    screen = Screen(redraws=redraws)
    screen.on(noticed(), broken(), Checked(2, total, [SYNTAX, replace(SYNTAX, line=14)][:total]))
    assert screen.stays == [GOES_ON, f"  {ERROR}"]
    screen.on(noticed(3), live(3), Checked(3, 1, [SYNTAX]))
    assert screen.stays[2].startswith(LIVE_LINE), "with nothing broken it is news"
    assert "TS1109" in "".join(screen.stays)


@pytest.mark.parametrize(
    "others",
    [
        [replace(SYNTAX, line=13)],
        [replace(SYNTAX, file="wal.ts")],
        [SYNTAX, replace(SYNTAX, file="wal.ts")],
    ],
)
def test_another_place_is_said_all_the_same(screen: Screen, others: list[Mistake]) -> None:
    screen.on(noticed(), broken(), Checked(2, len(others), others))
    assert screen.stays[0].startswith(f"{GOES_ON}  tsc: ")


def test_what_is_broken_is_said_until_it_is_mended(screen: Screen) -> None:
    screen.on(noticed(), broken(), noticed(3), live(3), Checked(3, 0))
    assert screen.below == ["r restart  o open  l log  q leave"]


def test_a_broken_first_start_has_nothing_that_goes_on() -> None:
    screen = Screen()
    screen.on(event("state", status="starting", generation=0), broken(1, serves=False))
    screen.view.close()
    assert "nothing serves until a save loads" in screen.stays[-2]
    assert "goes on serving" not in "".join(screen.stays)


def test_after_the_gateway_ended_nothing_goes_on_either(screen: Screen) -> None:
    screen.on(event("ended", status="killed by SIGKILL", againMs=2000), broken(2, serves=False))
    screen.view.close()
    assert screen.stays[0] == "ended: killed by SIGKILL  again in 2.0 s"
    assert "nothing serves" in screen.stays[1]


@pytest.mark.parametrize(
    ("serves", "instead"),
    [(True, "the one before goes on serving"), (False, "nothing serves until a save loads")],
)
def test_whoever_comes_to_a_broken_save_is_told_what_serves(
    screen: Screen,
    serves: bool,  # noqa: FBT001 -- pytest's
    instead: str,
) -> None:
    about = {"status": "broken", "generation": 3, "error": ERROR}
    screen.on(event("state", **about, serves=serves))
    again = "connected again, gateway → broken (generation 3)"
    assert screen.stays == [f"{again}  {instead}", f"  {ERROR}"]


def test_a_cold_load_says_that_no_gateway_was_warm(screen: Screen) -> None:
    screen.on(live(cold=True), Checked(2, 0))
    assert "loaded 0.55, no gateway was warm)  tsc ok" in screen.stays[0]


def test_where_entr_reloads_there_are_no_phases(screen: Screen) -> None:
    screen.on(event("live", generation=7, cause="wal.ts"), Checked(2, 0))
    assert screen.stays == ["wal.ts → live (generation 7)  tsc ok"]
    screen.on(event("live", generation=8, cause="wal.ts", afterMs=2940), Checked(3, 0))
    assert screen.stays[1:] == ["wal.ts → live after 2.94 s (generation 8)  tsc ok"]


def test_what_is_no_code_is_visible_at_once(screen: Screen) -> None:
    files = ["deploy/loa-identity/templates/a.md", "grimoires/b.md", "c.md", "d.md", "e.md"]
    screen.on(event("visible", files=files))
    said = "templates/a.md,grimoires/b.md,c.md,+2 → visible at once, no restart needed"
    assert screen.stays == [said]
    assert screen.requests == 1, "the types of what is no TypeScript are not checked"


def test_the_types_of_a_test_are_checked_though_nothing_is_loaded(screen: Screen) -> None:
    screen.on(event("visible", files=["deploy/loa-identity/test/a.test.ts"]), Checked(2, 0))
    assert screen.stays == ["test/a.test.ts → visible at once, no restart needed  tsc ok"]


def test_files_that_are_as_they_are_served_load_nothing(screen: Screen) -> None:
    screen.on(event("restored", cause="scheduler.ts", files=[]), Checked(2, 0))
    assert screen.stays == ["scheduler.ts → as it is served, nothing to load  tsc ok"]


def test_a_container_that_comes_back_is_said(screen: Screen) -> None:
    screen.on(event("stopping"))
    assert screen.below[0].startswith("the container is being stopped")
    screen.on(Lost())
    assert screen.below[0].startswith("no answer, looking for the container …")
    screen.on(STATE)
    assert screen.stays == ["connected again, gateway → healthy (generation 1)"]
    assert screen.below == ["r restart  o open  l log  q leave"]


def test_a_load_that_was_lost_is_not_shown_as_going_on(screen: Screen) -> None:
    screen.on(noticed(), Lost())
    assert not screen.view.moves
    assert len(screen.below) == 1


def test_an_outdated_stack_is_said(screen: Screen) -> None:
    screen.on(Outdated("deploy/Dockerfile.dev"))
    said = "the stack was made from an older one; `harness dev` makes it anew"
    assert screen.stays == [f"deploy/Dockerfile.dev: {said}"]


def test_lines_of_the_log_are_told_apart(screen: Screen) -> None:
    screen.on(noticed(), live(), LogLine("\x1b[31mred\x1b[0m words"))
    assert screen.stays == [LIVE_LINE, "│ red words"]


def test_what_this_harness_does_not_know_changes_nothing(screen: Screen) -> None:
    screen.on(event("tomorrow", what=1), event("live", nothing="fits"), event("standby", state="x"))
    assert screen.stays == []


def test_a_name_gives_the_terminal_no_orders(screen: Screen) -> None:
    screen.on(event("restored", cause="a\x1b[2Jb.ts\n", files=[]), Checked(2, 0))
    assert screen.stays == ["a�[2Jb.ts� → as it is served, nothing to load  tsc ok"]


@pytest.mark.parametrize("width", [10, 20, 40, 79])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    screen = Screen(width=width)
    screen.on(noticed(), live(), Checked(2, 4, [MISTAKE]), noticed(3), broken(3))
    assert max(map(len, [*screen.stays, *screen.below])) <= width
