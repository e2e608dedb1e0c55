"""`harness rollback`: to what was before, or to a release that is named."""

import pytest

from harness.cloudflare.api import BASE_URL
from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.cloudflare.pipeline import Options
from harness.cloudflare.rollback import rollback as go_back
from harness.cloudflare.serving import Candidate
from harness.commands.rollback import rollback as command
from harness.errors import ConfigError, ReleaseError
from tests.cloudflare.made_up import MadeUp, release_of, target
from tests.conftest import REPOSITORY

ONE, TWO = "1" * 40, "2" * 40


def candidate(number: int, commit: str, revision: str) -> Candidate:
    image = f"registry/loa@sha256:{revision}"
    name = f"26010{number}T120000-{commit[:7]}"
    return Candidate(release=name, commit=commit, image=image, revision=revision)


@pytest.fixture
def cloud() -> MadeUp:
    """One in which an image of its own was released, and then code alone."""
    made = MadeUp()
    for released in (candidate(1, ONE, ONE), candidate(2, TWO, ONE)):
        release_of(made).run(released)
    return made


def rollback(cloud: MadeUp, name: str = "") -> str:
    return go_back(target(cloud), Options(("production",), 1), name).version


def test_twice_goes_back_two_releases_and_never_forward_again(cloud: MadeUp) -> None:
    assert [rollback(cloud), rollback(cloud)] == ["v2", "v1"]
    before = cloud.served
    assert before == MadeUp().served
    with pytest.raises(ReleaseError, match="nothing was changed: what was before v1 is not known"):
        rollback(cloud)
    assert cloud.served == before


@pytest.mark.parametrize("name", ["v2", "260101T120000-1111111", "260101", "1111", ONE])
def test_a_release_has_several_names(cloud: MadeUp, name: str) -> None:
    assert rollback(cloud, name) == "v2"


@pytest.mark.parametrize("name", ["v", "26"])
def test_a_name_that_several_have_is_none(cloud: MadeUp, name: str) -> None:
    before = cloud.served
    with pytest.raises(ReleaseError, match=r"may be any of 260102T.*, 260101T") as raised:
        rollback(cloud, name)
    assert raised.value.advice == "name one of them in full"
    assert cloud.served == before


def test_a_name_that_nobody_has_is_answered_with_those_that_are_known(cloud: MadeUp) -> None:
    with pytest.raises(ReleaseError, match="no release 'x'; known are: 260102T") as raised:
        rollback(cloud, "x")
    assert "260101T120000-1111111" in str(raised.value)


def test_an_image_that_the_registry_lost_is_said_before_anything_changes(cloud: MadeUp) -> None:
    before = cloud.served
    cloud.lost = {before[1]}
    with pytest.raises(ReleaseError, match="nothing was changed: the registry has"):
        rollback(cloud)
    assert cloud.served == before
    assert not cloud.read("production")[0].owner


def test_an_environment_that_is_none_is_refused_before_anybody_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ((TOKEN, "x"), (ACCOUNT, "0" * 32), (BASE_URL, "http://127.0.0.1:1")):
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="has no environment 'stagign'"):
        command(environment="stagign", project=REPOSITORY)
