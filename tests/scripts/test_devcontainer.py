"""The entrypoint of the container to work in, among stand-ins: whom it lets at what."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.scripts.stage import RECORD, Stage

SOCKET = "/var/run/docker.sock"
GROUP = "991"


@pytest.fixture
def script(stage: Stage) -> str:
    for name in ("groupadd", "usermod", "chmod", "step"):
        stage.program(name, f'{RECORD}[ "${{0##*/}}" != "$FAILS" ]\n')
    stage.program("stat", f'#!/bin/bash\n[ "$*" = "--format %g $STAGE/s" ] && echo {GROUP}\n')
    stage.program("getent", f'#!/bin/bash\n[ "$*" = "group {GROUP}" ] && echo "$KNOWN"\n')
    text = (REPOSITORY / ".devcontainer/entrypoint.sh").read_text(encoding="utf-8")
    assert text.count(SOCKET) == 1
    return str(stage.write("entrypoint.sh", text.replace(SOCKET, str(stage.place / "s"))))


@contextmanager
def engine(stage: Stage) -> Iterator[None]:
    """An engine's socket; the path may be longer than one may be, so it is named by its number."""
    place = os.open(stage.place, os.O_PATH)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(f"/proc/self/fd/{place}/s")
        os.close(place)
        yield


def test_the_user_joins_the_group_of_the_engine_s_socket(stage: Stage, script: str) -> None:
    with engine(stage):
        assert stage.run(script, "step", KNOWN=f"docker:x:{GROUP}:")[0] == 0
    assert stage.log == ["usermod --append --groups docker node", "step "]


def test_a_group_that_is_not_known_in_here_is_made(stage: Stage, script: str) -> None:
    with engine(stage):
        assert stage.run(script, "step", KNOWN="")[0] == 0
    made = [f"groupadd --gid {GROUP} engine", "usermod --append --groups engine node"]
    assert stage.log == [*made, "step "]


@pytest.mark.parametrize("failing", ["groupadd", "usermod"])
def test_a_user_who_cannot_be_let_in_is_no_start(stage: Stage, script: str, failing: str) -> None:
    with engine(stage):
        assert stage.run(script, "step", KNOWN="", FAILS=failing)[0] == 1
    assert stage.log[-1].startswith(failing)


def test_without_an_engine_nobody_joins_anything(stage: Stage, script: str) -> None:
    assert stage.run(script, "step")[0] == 0
    assert stage.log == ["step "]


def test_whoever_is_not_root_gets_through_to_the_checkout(stage: Stage, script: str) -> None:
    stage.run(script, "step", LOA_CHECKOUT="/srv/loa/checkout")
    assert stage.log == [*(f"chmod a+x {it}" for it in ("/srv/loa", "/srv", "/")), "step "]


def test_the_command_takes_its_place(stage: Stage, script: str) -> None:
    stage.program("step", '#!/bin/bash\necho "$$ $*" >"$STAGE/step"\nexit 7\n')
    with stage.playing(script, "step", "one", "two words") as play:
        assert play.end()[0] == 7
    written = Path(stage.place / "step").read_text(encoding="ascii")
    assert written == f"{play.process.pid} one two words\n"
