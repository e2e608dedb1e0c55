"""Both credentials, or one line and nothing else."""

import pytest

from harness.cloudflare.credentials import ACCOUNT, TOKEN, Credentials
from harness.errors import ConfigError

GOOD = {TOKEN: "a-token-of-some-length", ACCOUNT: "0" * 32}


def test_both_are_taken_and_the_token_is_not_shown() -> None:
    found = Credentials.of_environment(GOOD)
    assert found.account == "0" * 32
    assert "a-token" not in repr(found)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({TOKEN: ""}, f"^{TOKEN} is not set, so nothing was started"),
        ({ACCOUNT: " "}, f"^{ACCOUNT} is not set, so nothing was started"),
        ({TOKEN: "", ACCOUNT: ""}, f"^{TOKEN} and {ACCOUNT} are not set"),
        ({ACCOUNT: "my account"}, f"^{ACCOUNT} is not 32 hexadecimal digits"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Credentials.of_environment(GOOD | changed)
