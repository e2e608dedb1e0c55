"""Containers of the checks' own: marked as theirs, and what is run in them."""

import socket
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import APIError
from docker.models.containers import Container

from harness import names
from harness.criteria.facts.in_image import container_of
from harness.criteria.facts.one_off import exec_in
from harness.engine.model import Engine
from harness.owner import Owner


def test_a_container_says_which_process_of_which_machine_it_is_of() -> None:
    """A sweep of another machine on the same engine must not take it."""
    made: list[dict[str, Any]] = []
    container = SimpleNamespace(start=lambda: None, remove=lambda **_: None)

    def create(_: str, **options: Any) -> object:  # noqa: ANN401 -- the SDK's own
        made.append(options["labels"])
        return container

    containers = SimpleNamespace(create=create)
    engine = cast("Engine", SimpleNamespace(client=SimpleNamespace(containers=containers)))
    with container_of(engine, "image"):
        pass
    (labels,) = made
    assert labels[names.HOST] == socket.gethostname()
    assert labels[names.OWNER] == str(Owner.me())
    assert labels[names.KIND] == "acceptance"


class Refusing:
    """A container that the engine runs nothing in, with the status of its answer."""

    def __init__(self, status: int) -> None:
        self._response = SimpleNamespace(status_code=status)

    def exec_run(self, *_: object, **__: object) -> None:
        raise APIError("refused", response=cast("Any", self._response))


def test_in_a_container_that_has_ended_nothing_succeeds() -> None:
    done = exec_in(cast("Container", Refusing(409)), "true")
    assert (done.ok, done.stdout) == (False, "")


def test_an_engine_that_fails_is_no_container_that_has_ended() -> None:
    with pytest.raises(APIError):
        exec_in(cast("Container", Refusing(500)), "true")


def test_a_command_that_was_cut_off_did_not_succeed() -> None:
    """Its container was killed under it, so the engine knows no status."""
    result = SimpleNamespace(exit_code=None, output=(b"x", None))
    done = exec_in(cast("Container", SimpleNamespace(exec_run=lambda *_, **__: result)), "true")
    assert (done.ok, done.stdout) == (False, "x")
