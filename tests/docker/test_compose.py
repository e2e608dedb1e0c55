from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness import process
from harness.docker.compose import ComposeProject
from harness.engine.model import Engine
from harness.errors import StackError, ToolError


@pytest.mark.parametrize(
    "said", ["empty compose file", "invalid size: 'lots'", "yaml: line 1: did not find it"]
)
def test_a_compose_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ToolError(f"compose config failed (status 15): {said}", output=said)

    monkeypatch.setattr(process, "run", fail)
    file = tmp_path / "compose.yml"
    engine = cast("Engine", SimpleNamespace(program="docker", variables={}))
    compose = ComposeProject(
        context=tmp_path, compose_file_name=[str(file)], engine=engine, project_name="some"
    )
    with pytest.raises(StackError, match=rf"^{file}: .*; mend that file"):
        compose.model()
