"""What the kernel or an engine holds on to is a known problem, with what to do about it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.engine import reach, remains
from harness.engine.model import Engine
from harness.errors import EngineError


def test_a_process_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    held = SimpleNamespace(pid=4711, kill=lambda: None)
    monkeypatch.setattr(remains, "processes", lambda *_: [held])
    monkeypatch.setattr(remains, "_PATIENCE", 0.1)
    with pytest.raises(EngineError, match=r"do not end though they were killed: 4711; .*restart"):
        remains.kill(Path("/programs"), "group")


def test_an_image_that_does_not_run_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = SimpleNamespace(start=lambda: None, logs=lambda: b"", remove=lambda **_: None)
    containers = SimpleNamespace(create=lambda *_, **__: silent)
    client = cast("Any", SimpleNamespace(containers=containers, info=dict))
    engine = cast("Engine", SimpleNamespace(own=False, host="tcp://far", client=client))
    monkeypatch.setattr(reach, "_sees", lambda *_: True)
    monkeypatch.setattr(reach, "_START_SECONDS", 0.1)
    with pytest.raises(EngineError, match=r"dev:1 is started on tcp://far, and says nothing"):
        reach.probe(engine, tmp_path, "dev:1")
