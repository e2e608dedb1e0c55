"""`harness dev` in a terminal, once the stack is up: what is on the screen, and what keys do."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.poll import until
from harness.project import Project
from tests.live.reloader import PlayedReloader
from tests.live.terminal import Terminal, terminal

KEYS = r"^r restart  o open  l log  q leave$"
LIVE_LINE = "scheduler.ts → live in 0.62 s (noticed 0.03, loaded 0.55)"
PAGE = "http://127.0.0.1:18789/loa/version"

_FOREIGN = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "BROWSER", "DISPLAY")


def variables(**own: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return {**kept, "TERM": "xterm-256color", **own}


def command(project: Project, reloader: PlayedReloader) -> list[str]:
    return [sys.executable, "-m", "tests.live.attached", "stay", str(project.root), reloader.url]


@contextmanager
def attached(
    project: Project, reloader: PlayedReloader, *, columns: int = 120, **own: str
) -> Iterator[Terminal]:
    words = command(project, reloader)
    with terminal(words, env=variables(**own), columns=columns) as screen:
        screen.see("r restart")
        is_followed(reloader)
        yield screen


@pytest.fixture
def screen(checkout: Project, reloader: PlayedReloader) -> Iterator[Terminal]:
    """Attached to a stack whose layer has no TypeScript beside it."""
    with attached(checkout, reloader) as shown:
        shown.see("types are not checked")
        yield shown


def is_followed(reloader: PlayedReloader) -> None:
    until(lambda: reloader.followers or reloader.looks, seconds=120, what="it is attached")


def noticed(reloader: PlayedReloader, generation: int = 2) -> None:
    reloader.tell("noticed", generation=generation, cause="scheduler.ts", files=[])


def break_layer(project: Project, reloader: PlayedReloader, generation: int = 3) -> None:
    (project.layer / "scheduler.ts").write_text("export const every = ;\n", encoding="utf-8")
    error = "deploy/loa-identity/scheduler.ts:1: SyntaxError: Unexpected token ';'"
    about = {"generation": generation, "cause": "scheduler.ts", "files": []}
    reloader.tell("broken", **about, afterMs=310, error=error, failure=None, serves=True)


def set_condition(project: Project, condition: str) -> None:
    """Let the container be in it from now on; the file is never half written."""
    draft = project.root / "condition.new"
    draft.write_text(condition, encoding="utf-8")
    draft.rename(project.root / "condition")


class TestLines:
    def test_a_load_becomes_its_line_and_the_types_join_it(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        with attached(typed, reloader) as screen:
            reloader.tell("waiting", cause="scheduler.ts", files=[])
            screen.see(r"scheduler\.ts → . waiting for the next gateway to warm \d\.\d s")
            noticed(reloader)
            screen.see(r"scheduler\.ts → . loading \d\.\d s")
            reloader.live()
            screen.see(rf"^{re.escape(LIVE_LINE)}  tsc ok$")
            assert screen.style("live in") == "green"
            screen.see(KEYS)

    def test_the_spinner_moves(self, screen: Terminal, reloader: PlayedReloader) -> None:
        noticed(reloader)
        first = screen.see("loading")
        until(lambda: screen.see("loading") != first, seconds=120, what="another frame")

    def test_errors_of_types_name_file_and_line(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        with attached(typed, reloader, columns=200) as screen:
            source = typed.layer / "scheduler.ts"
            source.write_text("const a: number = 'a';\nconst b: number = 'b';\n", encoding="utf-8")
            reloader.live()
            said = screen.see(r"→ live in .*  tsc: scheduler\.ts:1 TS2322 Type 'string'")
            assert said.endswith("  and 1 more")
            assert screen.style("tsc:") == "brown", "yellow, as pyte calls it"

    def test_a_broken_save_is_red_and_names_the_place(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        with attached(typed, reloader, columns=200) as screen:
            break_layer(typed, reloader)
            # The type checker says the same, and is left out.
            screen.see(r"^scheduler\.ts → broken after 0\.31 s  the one before goes on serving$")
            screen.see(r"^  deploy/loa-identity/scheduler\.ts:1: SyntaxError: Unexpected token")
            assert screen.style("broken after") == "red"
            screen.see(r"^broken  r restart")

    def test_a_line_that_is_done_is_never_written_over(
        self, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        for generation in range(2, 42):
            noticed(reloader, generation)
            reloader.live(generation, servedMs=generation * 1000)
        screen.see(r"live in 41\.00 s")
        shown = [line for line in screen.history() if "→ live in" in line]
        assert [float(line.split()[4]) for line in shown] == list(range(2, 42))
        assert not [line for line in screen.history() if "loading" in line]

    def test_without_colours_the_words_are_the_same(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        with attached(typed, reloader, NO_COLOR="1") as screen:
            break_layer(typed, reloader)
            screen.see("broken after 0.31 s")
            assert screen.never_saw(r"\x1b\[[0-9;]*[34][0-9][0-9;]*m")

    def test_a_terminal_that_cannot_be_drawn_anew_gets_plain_lines(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        words = command(typed, reloader)
        with terminal(words, env=variables(TERM="dumb")) as screen:
            is_followed(reloader)
            reloader.live()
            screen.see(rf"^{re.escape(LIVE_LINE)}$")
            screen.see(r"^scheduler\.ts  tsc ok$")
            assert screen.never_saw("\x1b")


class TestSizes:
    def test_a_narrow_terminal_breaks_between_the_parts(
        self, typed: Project, reloader: PlayedReloader
    ) -> None:
        with attached(typed, reloader, columns=40) as screen:
            reloader.live()
            screen.see("tsc ok")
            assert screen.lines() == [
                "scheduler.ts → live in 0.62 s",
                "  (noticed 0.03, loaded 0.55)  tsc ok",
                "r restart  o open  l log  q leave",
            ]

    def test_the_keys_fit_any_width(self, checkout: Project, reloader: PlayedReloader) -> None:
        with attached(checkout, reloader, columns=16) as screen:
            screen.see(r"^r restart  o o…$")

    def test_another_size_is_taken_up(self, screen: Terminal, reloader: PlayedReloader) -> None:
        screen.resize(24, 40)
        reloader.live()
        screen.see(r"^  \(noticed 0\.03, loaded 0\.55\)$")
        screen.resize(24, 120)
        reloader.live(3, servedMs=700)
        screen.see(r"live in 0\.70 s \(noticed")
        screen.see(KEYS)


class TestKeys:
    def test_r_asks_for_a_restart(self, screen: Terminal, reloader: PlayedReloader) -> None:
        screen.press("r")
        until(lambda: reloader.orders, seconds=120, what="the order comes")
        assert reloader.orders == [("/restart", None)]
        assert "r" not in screen.lines(), "a key has no echo"

    def test_r_starts_the_container_again_where_entr_reloads(
        self, checkout: Project, reloader: PlayedReloader
    ) -> None:
        reloader.tells_events = False
        with attached(checkout, reloader) as screen:
            screen.press("r")
            screen.see("entr takes no orders: starting the whole container again")
            until((checkout.root / "restarted").exists, seconds=120, what="it is started again")
            assert reloader.orders == []

    def test_o_opens_the_probes_page(
        self, checkout: Project, reloader: PlayedReloader, tmp_path: Path
    ) -> None:
        browser = tmp_path / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
        browser.chmod(0o755)
        with attached(checkout, reloader, BROWSER=f"{browser} %s") as screen:
            screen.press("o")
            opened = tmp_path / "opened"
            said = until(lambda: opened.exists() and opened.read_text(), seconds=120, what="a page")
            assert said == f"{PAGE}\n"

    def test_o_names_the_page_where_there_is_no_browser(
        self, checkout: Project, reloader: PlayedReloader
    ) -> None:
        with attached(checkout, reloader, PATH="/nowhere") as screen:
            screen.press("o")
            screen.see(rf"no browser here; the page is {PAGE}")

    def test_l_shows_the_log_from_now_on_and_hides_it_again(
        self, screen: Terminal, checkout: Project
    ) -> None:
        log = checkout.root / "container.log"
        log.write_text("before\n", encoding="utf-8")
        screen.press("l")
        screen.see("l hide log")
        until(lambda: children(screen, "tail"), seconds=120, what="the log is followed")
        with log.open("a", encoding="utf-8") as file:
            file.write("after\n")
        screen.see("^│ after$")
        screen.press("l")
        screen.see(KEYS)
        until(lambda: not children(screen, "tail"), seconds=120, what="nobody follows the log")
        assert screen.never_saw("before")

    def test_other_keys_do_nothing(self, screen: Terminal, reloader: PlayedReloader) -> None:
        before = screen.lines()
        screen.press("\x1b[A\x1bOPxyzü\t\r\n")
        reloader.tell("ended", status="killed", againMs=0)
        screen.see("^ended: killed  again at once$")
        assert screen.lines()[:-2] == before[:-1]
        assert reloader.orders == []

    @pytest.mark.parametrize("key", ["q", "Q", "\x03", "\x04"], ids=["q", "Q", "^C", "^D"])
    def test_leaving_leaves_the_screen_in_order(
        self, screen: Terminal, reloader: PlayedReloader, key: str
    ) -> None:
        reloader.live()
        screen.see("→ live")
        screen.press(key)
        assert screen.end() == (0, None)
        assert screen.lines()[-2:] == [LIVE_LINE, "left"], "the keys are gone, the lines stay"


class TestTheTerminalIsPutBack:
    def put_back(
        self, project: Project, reloader: PlayedReloader, end: Callable[[Terminal], None]
    ) -> tuple[int, list[str]]:
        """Return the status that a shell sees, and what is on the screen then."""
        before, after = project.root / "before", project.root / "after"
        script = f'stty -a >{before}; "$@"; echo "status=$?"; stty -a >{after}'
        words = ["sh", "-c", script, "sh", *command(project, reloader)]
        cache = str(project.root / "cache")
        with terminal(words, env=variables(HARNESS_CACHE_DIR=cache)) as screen:
            screen.see("r restart")
            is_followed(reloader)
            assert b"-echo" not in before.read_bytes().split()
            end(screen)
            status = screen.see(r"^status=\d+")
            screen.end()
        assert before.read_text(encoding="utf-8") == after.read_text(encoding="utf-8")
        cursor = [it for it in ("\x1b[?25l", "\x1b[?25h") if it in screen.raw]
        assert screen.raw.rindex(cursor[1]) > screen.raw.rindex(cursor[0]), "the cursor is back"
        return int(status.removeprefix("status=")), screen.lines()

    @pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "^C"])
    def test_after_a_key(self, checkout: Project, reloader: PlayedReloader, key: str) -> None:
        assert self.put_back(checkout, reloader, lambda screen: screen.press(key))[0] == 0

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    def test_after_a_signal(
        self, checkout: Project, reloader: PlayedReloader, number: signal.Signals
    ) -> None:
        def send(screen: Terminal) -> None:
            children(screen, "python")[0].send_signal(number)

        status, _ = self.put_back(checkout, reloader, send)
        assert status == 128 + number

    def test_after_an_interrupt_from_elsewhere(
        self, checkout: Project, reloader: PlayedReloader
    ) -> None:
        def send(screen: Terminal) -> None:
            children(screen, "python")[0].send_signal(signal.SIGINT)

        assert self.put_back(checkout, reloader, send)[0] == 0

    def test_after_an_error(self, checkout: Project, reloader: PlayedReloader) -> None:
        def stop(_: Terminal) -> None:
            set_condition(checkout, "gone")
            reloader.stop()

        status, lines = self.put_back(checkout, reloader, stop)
        assert status == 1
        assert lines[-2] == "error: the stack was stopped; start it again with `make dev`"
        assert "Traceback" not in "".join(lines)

    def test_after_a_bug(self, checkout: Project, reloader: PlayedReloader) -> None:
        def stop(_: Terminal) -> None:
            set_condition(checkout, "a bug")
            reloader.stop()

        status, lines = self.put_back(checkout, reloader, stop)
        assert status == 3
        assert "ValueError: 'a bug' is not a valid Condition" in lines

    def test_while_it_is_suspended(self, checkout: Project, reloader: PlayedReloader) -> None:
        modes = [checkout.root / name for name in ("before", "stopped", "after")]
        with terminal(["bash", "--norc", "-i"], env=variables(PS1="$ ")) as screen:
            screen.see(r"^\$")
            words = " ".join(command(checkout, reloader))
            screen.press(f"stty -a >{modes[0]}; {words}\r")
            screen.see(KEYS)
            screen.press("\x1a")
            screen.see("Stopped")
            screen.press(f"stty -a >{modes[1]}; fg\r")
            is_followed(reloader)
            reloader.live()
            screen.see(rf"^{re.escape(LIVE_LINE)}")
            screen.press("q")
            screen.see("^left$")
            screen.press(f"stty -a >{modes[2]}; exit\r")
            screen.end()
        assert len({path.read_text(encoding="utf-8") for path in modes}) == 1


class TestTheContainer:
    def test_a_connection_that_breaks_is_taken_up_again(
        self, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        reloader.cut()
        screen.see(r"^connected again, gateway → healthy \(generation 1\)$")
        reloader.live()
        screen.see("→ live")

    def test_a_container_that_is_started_again_is_waited_for(
        self, checkout: Project, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        set_condition(checkout, "starting")
        reloader.cut()
        screen.see("no answer, looking for the container")
        set_condition(checkout, "up")
        screen.see("connected again")

    def test_one_that_stays_down_is_given_up(
        self, checkout: Project, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        set_condition(checkout, "down")
        reloader.stop()
        screen.see("error: the container ended with status 137; see `harness logs`, then")
        assert screen.end() == (1, None)

    def test_an_engine_that_goes_away_is_said(
        self, checkout: Project, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        set_condition(checkout, "silent")
        reloader.stop()
        screen.see("^error: the engine stopped answering; see `harness doctor`, then try again$")
        assert screen.end() == (1, None)

    def test_an_engine_that_hangs_keeps_nobody(
        self, checkout: Project, screen: Terminal, reloader: PlayedReloader
    ) -> None:
        set_condition(checkout, "hung")
        reloader.stop()
        screen.see("no answer")
        began = time.monotonic()
        screen.press("q")
        assert screen.end() == (0, None)
        assert time.monotonic() - began < 30

    def test_where_entr_reloads_the_health_is_looked_at(
        self, checkout: Project, reloader: PlayedReloader
    ) -> None:
        reloader.tells_events = False
        with attached(checkout, reloader) as screen:
            screen.see("types are not checked")
            reloader.health |= {"status": "reloading", "generation": 2, "cause": "wal.ts"}
            screen.see(r"^wal\.ts → . loading")
            reloader.health |= {"status": "healthy"}
            screen.see(r"^wal\.ts → live after \d+\.\d\d s \(generation 2\)$")
            logged = "failed to load from /workspace/a/index.ts: Error: boom /workspace/a/x.ts:3:7"
            reloader.health |= {"status": "broken", "generation": 3, "error": logged}
            screen.see(r"^wal\.ts → broken  nothing serves until a save loads$")
            screen.see(r"^  a/x\.ts:3: boom$")


def children(screen: Terminal, name: str) -> list[psutil.Process]:
    processes = psutil.Process(screen.child.pid).children(recursive=True)
    return [it for it in processes if name in it.name()]
