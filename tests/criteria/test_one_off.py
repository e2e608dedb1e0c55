"""Containers of the checks' own: marked as theirs."""

import socket
from types import SimpleNamespace
from typing import Any, cast

from harness import names
from harness.criteria.facts.in_image import container_of
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
