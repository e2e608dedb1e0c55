import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.errors import ToolError
from harness.poll import until
from harness.process import beside, run, running, stream


def lines_of(*command: str, told: str = "") -> list[str]:
    async def collect() -> list[str]:
        async with beside(command) as program:
            if told:
                program.tell(told)
            return [line async for line in program.lines()]

    return asyncio.run(collect())


def test_what_a_program_beside_prints_comes_line_by_line() -> None:
    assert lines_of("sh", "-c", "echo one; echo two >&2; printf three") == ["one", "two", "three"]


def test_it_can_be_told_something() -> None:
    assert lines_of("sh", "-c", "read word; echo got $word", told="this") == ["got this"]


def test_a_line_that_is_too_long_is_left_out() -> None:
    program = "print('x' * (3 << 20)); print('after')"
    assert lines_of(sys.executable, "-c", program)[-1] == "after"


def test_a_program_that_is_missing_is_a_known_problem() -> None:
    with pytest.raises(ToolError, match="no-such-program is not there"):
        lines_of("no-such-program")


def test_a_program_of_another_processor_is_a_known_problem(tmp_path: Path) -> None:
    program = tmp_path / "node"
    program.write_bytes(b"\x7fELF of nobody's")
    program.chmod(0o755)

    def serve() -> None:
        with running([program], log=tmp_path / "log"):
            raise AssertionError("it runs")

    ways: list[Callable[[], object]] = [
        lambda: run([program], what="a check"),
        lambda: stream([program], print),
        lambda: lines_of(str(program)),
        serve,
    ]
    for way in ways:
        with pytest.raises(ToolError, match=rf"{program} cannot be used \(Exec format error\)"):
            way()


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "], ids=["willing", "stubborn"])
def test_it_ends_with_the_block(trap: str) -> None:
    async def first_line() -> int:
        async with beside(["sh", "-c", f"{trap}echo $$; while :; do sleep 0.1; done"]) as program:
            async for line in program.lines():
                return int(line)
        raise AssertionError("it printed nothing")

    pid = asyncio.run(first_line())
    assert not psutil.pid_exists(pid)
    assert os.getpid() != pid


def test_what_has_ended_can_be_told_all_the_same() -> None:
    async def tell() -> None:
        async with beside(["true"]) as program:
            assert [line async for line in program.lines()] == []
            program.tell("late")

    asyncio.run(tell())


def test_one_that_is_late_ends_with_all_that_it_started(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("late:\n\t@sh -c 'echo $$$$ >pid; exec sleep 60'; true\n")
    with pytest.raises(ToolError, match=r"^make: no end after 2 s$"):
        run(["make", "late"], cwd=tmp_path, timeout=2)
    started = int((tmp_path / "pid").read_text())
    until(lambda: _has_ended(started), seconds=5, what="what make had started ends")


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "], ids=["willing", "stubborn"])
def test_a_server_with_a_group_takes_along_what_it_started(tmp_path: Path, trap: str) -> None:
    started, log = tmp_path / "pid", tmp_path / "log"
    script = f"({trap}sleep 60; true) & echo $! >pid; wait"
    with running(["sh", "-c", script], log=log, cwd=tmp_path, group=True):
        until(lambda: started.exists() and started.read_text(), seconds=5, what="it has started")
    pid = int(started.read_text())
    until(lambda: _has_ended(pid), seconds=5, what="what it had started ends")


def _has_ended(pid: int) -> bool:
    """Whether it is gone, or waits for nobody but the one that is to hear of its end."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
