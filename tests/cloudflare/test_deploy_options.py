"""What `harness deploy` does not take, before it looks at anything."""

from pathlib import Path
from typing import Any

import pytest

from harness.commands.deploy import deploy
from harness.errors import ExitStatus, UsageError


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
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        deploy(**options)


def test_an_environment_that_is_none_is_refused(tmp_path: Path) -> None:
    """A slip of the pen must not release to production."""
    (tmp_path / "harness.toml").write_text('[cloudflare]\nproduction = "live"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="--environment stagign") as raised:
        deploy(environment="stagign", project=tmp_path)
    assert raised.value.advice == "use staging or live"
    with pytest.raises(UsageError, match="--environment production"):
        deploy(environment="production", project=tmp_path)
