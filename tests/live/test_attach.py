"""Where nobody can be attached: no keys come, or no Ctrl-C."""

import os
import subprocess
import sys

CAN_STAY = (
    "from harness import cli; from harness.live.attach import can_stay;"
    "cli.app = lambda: open(3, 'w').write(str(can_stay())); cli.main()"
)


def test_a_terminal_of_another_session_is_none_to_stay_in() -> None:
    ours, theirs = os.openpty()
    try:
        assert said_by("", terminal=theirs) == "False"
    finally:
        os.close(ours)
        os.close(theirs)


def test_without_a_standard_input_nobody_stays() -> None:
    assert said_by("<&-") == "False"


def said_by(redirected: str, terminal: int | None = None) -> str:
    """What `can_stay` says in a process of a session of its own."""
    words = ["sh", "-c", f'"$0" -c "$1" 3>&2 {redirected}', sys.executable, CAN_STAY]
    with subprocess.Popen(
        words, stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, start_new_session=True
    ) as child:
        return child.communicate()[1].decode()
