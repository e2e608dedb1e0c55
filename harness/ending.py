"""End a program with what it has started, which would else go on without it."""

import os
import signal
import subprocess
from contextlib import suppress
from typing import AnyStr

import psutil

__all__ = ["end", "kill_family"]


def kill_family(child: "subprocess.Popen[AnyStr]") -> None:
    """Kill a program and what it started; make's command, for one, would go on without make."""
    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        family = psutil.Process(child.pid).children(recursive=True)
    child.kill()
    for it in family:
        with suppress(psutil.Error):
            it.kill()


def end(child: "subprocess.Popen[AnyStr]", *, seconds: float, group: bool) -> None:
    """Ask a program to end, and kill it if it does not; nothing happens to one that has ended.

    Args:
        child: The program.
        seconds: How long it may take.
        group: Whether it leads a group of processes, which ends with it.
    """
    if child.poll() is not None:
        return
    _signal(child, signal.SIGTERM, group=group)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
    if group:  # what heeds nothing is left in it
        _signal(child, signal.SIGKILL, group=True)


def _signal(child: "subprocess.Popen[AnyStr]", number: signal.Signals, *, group: bool) -> None:
    with suppress(ProcessLookupError):
        if group:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)
