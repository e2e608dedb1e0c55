import json
from pathlib import Path
from typing import ClassVar, cast

import pytest

from harness.console import log
from harness.docker.stack import Stack
from harness.pytest.artifacts import keep


class Container:
    attrs: ClassVar = {
        "Config": {"Env": ["CLAWDBOT_GATEWAY_TOKEN=s3cr3t-value", "LANG=C"], "Cmd": ["start"]},
        "Created": "2026-01-01T00:00:00Z",
    }


class BrokenStack:
    """A stack that can tell little more than that it is there."""

    container = Container()

    def logs(self, *, tail: int) -> str:
        return f"last {tail} lines with pr0tected-value"

    def model(self) -> dict[str, object]:
        return {"services": {"loa": {"environment": {"TOKEN": "s3cr3t-value"}, "image": "i"}}}

    def health(self) -> None:
        return None


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    log.protect("pr0tected-value")
    paths = keep(cast("Stack", BrokenStack()), lambda name: tmp_path / name)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def test_everything_is_kept_that_can_be_had(kept: dict[str, str]) -> None:
    assert kept["container.log"] == "last 500 lines with ***"
    assert json.loads(kept["inspect.json"])["Config"]["Cmd"] == ["start"]
    assert json.loads(kept["health.json"]) is None


def test_what_cannot_be_had_says_why(kept: dict[str, str]) -> None:
    assert "AttributeError" in json.loads(kept["events.json"])["unreadable"]


def test_no_value_of_a_variable_is_kept(kept: dict[str, str]) -> None:
    assert "s3cr3t" not in "".join(kept.values())
    assert json.loads(kept["inspect.json"])["Config"]["Env"] == [
        "CLAWDBOT_GATEWAY_TOKEN=***",
        "LANG=***",
    ]
    service = json.loads(kept["compose.json"])["services"]["loa"]
    assert service == {"environment": {"TOKEN": "***"}, "image": "i"}
