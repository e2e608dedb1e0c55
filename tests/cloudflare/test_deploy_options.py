"""What `harness deploy` does not take, before it looks at anything."""

import pytest

from harness.commands.deploy import deploy
from harness.errors import ExitStatus, UsageError


def test_only_a_rehearsal_can_be_kept() -> None:
    with pytest.raises(UsageError, match="--keep is for rehearsals") as raised:
        deploy(keep=True)
    assert raised.value.exit_status is ExitStatus.USAGE
