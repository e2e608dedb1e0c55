"""Both credentials, or one line and nothing else."""

from pathlib import Path

import pytest

from harness.cloudflare import access
from harness.cloudflare.credentials import ACCOUNT, TOKEN, Credentials, secret_of
from harness.cloudflare.serving import Serving
from harness.commands import deploy as command
from harness.envfile import TOKEN as GATEWAY_TOKEN
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
        ({TOKEN: "two words of it"}, f"^{TOKEN} holds a blank, or a letter that is not ASCII"),
        ({TOKEN: "tökén"}, f"^{TOKEN} holds a blank, or a letter that is not ASCII"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Credentials.of_environment(GOOD | changed)


def test_the_line_end_of_a_file_is_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CF_ACCESS_CLIENT_ID", "an-id.access\n")
    monkeypatch.setenv("CF_ACCESS_CLIENT_SECRET", " a-secret\n")
    assert access.headers() == {
        "CF-Access-Client-Id": "an-id.access",
        "CF-Access-Client-Secret": "a-secret",
    }
    monkeypatch.setenv("CF_ACCESS_CLIENT_SECRET", "\n")
    with pytest.raises(ConfigError, match=r"^CF_ACCESS_CLIENT_SECRET is not set, though its other"):
        access.headers()


@pytest.mark.parametrize("given", ["", "\n", "a-token-of-the-gateway"])
def test_a_preview_has_a_token_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    """A workflow's secret that is not set is empty, and without a token no container starts."""
    seen: list[str] = []

    class Preview:
        name, url = "x", "https://x.example"

        def __init__(self, *_: object) -> None:
            pass

        def put_up(self, *_: object) -> Serving:
            seen.append(secret_of(GATEWAY_TOKEN))
            return Serving(version="1", image="i")

    (tmp_path / "harness.toml").touch()
    for name, value in {**GOOD, GATEWAY_TOKEN: given}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.setattr(command, "Preview", Preview)
    command.deploy(preview="x", project=tmp_path)
    assert seen == [given] if given.strip() else len(seen[0]) > 30
