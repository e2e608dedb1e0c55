import subprocess
import sys

import psutil
import pytest

from harness.owner import Owner


def test_this_process_is_alive_and_survives_being_written_down() -> None:
    assert Owner.parse(str(Owner.me())).alive()


def test_a_process_that_ended_is_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = psutil.Process(child.pid)
        owner = Owner(child.pid, process.create_time(), psutil.boot_time())
        assert owner.alive()
        child.kill()
    assert not owner.alive()


def test_it_is_still_alive_after_the_clock_was_set() -> None:
    me = Owner.me()
    assert Owner(me.pid, me.started - 600, me.booted - 600).alive()


def test_a_later_process_with_the_same_number_is_another() -> None:
    me = Owner.me()
    assert not Owner(me.pid, me.started - 60, me.booted).alive()


def test_nothing_survives_a_reboot() -> None:
    me = Owner.me()
    assert not Owner(me.pid, me.started, me.booted - 3600).alive()


@pytest.mark.parametrize("text", ["", "1/2", "a/b/c", "1/2/3/4"])
def test_what_is_no_owner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Owner.parse(text)
