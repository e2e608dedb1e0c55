"""What `harness deploy` does not take, before it looks at anything."""

from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter

from harness.commands.deploy import deploy
from harness.errors import ConfigError, ExitStatus, UsageError
from harness.project import Project


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be a failure to look for a checkout, which comes before all that takes time."""
    monkeypatch.setattr(Project, "find", lambda _: pytest.fail("it looked for the checkout"))


def test_only_a_rehearsal_can_be_kept() -> None:
    with pytest.raises(UsageError, match="--keep is for rehearsals") as raised:
        deploy(keep=True)
    assert raised.value.exit_status is ExitStatus.USAGE


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"remove": True}, "--remove is for previews"),
        ({"remove": True, "preview": "x", "rehearse": True}, "takes its preview away by itself"),
        ({"preview": "x", "environment": "staging"}, "a preview is in no environment"),
        ({"image": "registry/loa:main"}, "--image registry/loa:main names no digest"),
        ({"image": "loa@sha256:abc"}, "--image loa@sha256:abc is no image by its digest"),
        ({"preview": "PR_7"}, "'PR_7' cannot be a preview's name"),
    ],
)
@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("more", [{}, {"rehearse": True}])
def test_options_that_cannot_be_meant_are_refused(
    options: dict[str, Any], words: str, more: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=words):
        deploy(**(more | options))


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("more", [{}, {"rehearse": True}])
def test_what_the_gate_cannot_be_asked_with_is_refused_before_anything_is_built(
    more: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(BadParameter, match="'P9' is not P0, P1 or P0,P1"):
        deploy(require="P9", **more)
    with pytest.raises(ConfigError, match="there: no such file or directory"):
        deploy(evidence=[tmp_path / "there"], **more)
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="no evidence of version 1"):
        deploy(evidence=[tmp_path / "x.json"], **more)


def test_an_environment_that_is_none_is_refused(tmp_path: Path) -> None:
    """A slip of the pen must not release to production."""
    (tmp_path / "harness.toml").write_text('[cloudflare]\nproduction = "live"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="--environment stagign") as raised:
        deploy(environment="stagign", project=tmp_path)
    assert raised.value.advice == "use staging or live"
    with pytest.raises(UsageError, match="--environment production"):
        deploy(environment="production", project=tmp_path)
