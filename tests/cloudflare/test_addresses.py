"""Where a Worker answers: what cannot be asked is said before anything is built or changed."""

from collections.abc import Iterator

import pytest

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.preview import URL, Preview
from harness.cloudflare.target import Target
from harness.errors import ConfigError
from harness.fixtures.made_up_account import made_up_account
from harness.project import Project
from tests.conftest import REPOSITORY

PRODUCTION = "LOA_PRODUCTION_URL"


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with made_up_account(Project(REPOSITORY)) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        with Target.of(Project(REPOSITORY), Credentials.of_environment()) as found:
            yield found


@pytest.mark.parametrize(
    "given", ["loa.example.com", "https://", "ftp://loa.example.com", "https://loa:99999"]
)
def test_one_that_is_no_address_is_said_with_the_variable(
    target: Target, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(PRODUCTION, given)
    with pytest.raises(ConfigError, match="where loa-production answers: the URL") as raised:
        target.site("production")
    assert raised.value.advice == f"set cloudflare.production_url in harness.toml, or {PRODUCTION}"


def test_one_that_would_carry_a_credential_in_the_clear_is_refused(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"):
        monkeypatch.setenv(name, "made-up-half-of-a-login")
    monkeypatch.setenv(PRODUCTION, "http://loa.example.com")
    with pytest.raises(ConfigError, match="headers would be sent in the clear"):
        target.site("production")


def test_a_previews_is_looked_at_too(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "loa.example.com")
    with pytest.raises(ConfigError, match="where loa-preview-pr-7 answers: the URL is not http"):
        Preview(target, "pr-7").put_up(lambda: pytest.fail("it was built"), 1)


def test_one_that_can_be_asked_is_taken_without_its_slash(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PRODUCTION, "https://loa.example.com/")
    assert target.url("production") == "https://loa.example.com"


def test_where_a_release_answers_is_asked_before_it_and_not_again(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went well is not to end with an error because of a question after it."""
    monkeypatch.delenv(PRODUCTION)
    before = target.url("production")
    monkeypatch.setattr(target.api, "find", lambda _: pytest.fail("it was asked again"))
    assert target.url("production") == before
