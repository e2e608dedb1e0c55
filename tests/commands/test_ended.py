"""What `status` and `logs` say of stacks that have ended, or whose checkout is gone."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import names
from harness.commands import status
from harness.docker.stack import Stack, container_of
from harness.engine.model import Engine
from harness.errors import UsageError
from harness.project import Project

PORTS = {
    "3000/tcp": [{"HostPort": "3000"}],
    "18789/tcp": [{"HostPort": "18789"}],
}


def container(root: Path, state: str = "running") -> SimpleNamespace:
    attrs: Mapping[str, Any] = {"NetworkSettings": {"Ports": PORTS}}
    labels = {names.CHECKOUT: str(root)}
    return SimpleNamespace(name=f"of-{root.name}", labels=labels, status=state, attrs=attrs)


def engine_with(*containers: SimpleNamespace) -> Engine:
    """An engine that has these, and finds a checkout's by its directory's name."""

    def found(*, filters: dict[str, Any], **_: object) -> list[SimpleNamespace]:
        wanted = str(filters["label"])
        return [it for it in containers if wanted == names.CHECKOUT or it.name[3:] in wanted]

    client = SimpleNamespace(containers=SimpleNamespace(list=found))
    return cast("Engine", SimpleNamespace(client=client, variables={}, program="docker"))


def checkout(tmp_path: Path, name: str) -> Path:
    (root := tmp_path / name).mkdir()
    return root


def test_a_container_that_has_ended_has_logs_all_the_same(tmp_path: Path) -> None:
    root = checkout(tmp_path, "ended")
    engine = engine_with(container(root, "exited"))
    assert Stack.find(Project(root), engine) is None
    assert container_of(Project(root), engine) is not None


def test_one_bad_checkout_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, gone = checkout(tmp_path, "good"), checkout(tmp_path, "bad"), tmp_path / "gone"
    (bad / "harness.toml").write_text("[project\n", encoding="utf-8")
    found = status.all_stacks(engine_with(*map(container, (bad, gone, good))))
    assert [it.project.root for it in found] == [good]
    said = capsys.readouterr().err
    assert f"{bad}/harness.toml" in said
    assert f"{gone} is gone" in said
    assert "docker rm --force of-gone" in said


def test_a_token_is_of_one_checkout() -> None:
    with pytest.raises(UsageError, match="--all"):
        status.status(everything=True, token=True)
