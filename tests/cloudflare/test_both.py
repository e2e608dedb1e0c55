"""A release to staging and then to production: what is said of the one when the other fails."""

import pytest

from harness.cloudflare import pipeline
from harness.cloudflare.pipeline import Options
from harness.errors import InconclusiveError, ReleaseError
from tests.cloudflare.made_up import NEW, MadeUp, target

BOTH = Options(("staging", "production"), 1)
BEFORE = MadeUp().served
AFTER = ((("v2", 100.0),), NEW.image, NEW.image)


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_preflight", lambda *_: None)
    monkeypatch.setattr(pipeline, "_candidate", lambda *_: NEW)


def deploy(production: MadeUp, staging: MadeUp) -> None:
    both = target(production, staging=staging)
    pipeline.deploy(both, BOTH, lambda: "sha256:two", lambda _: None)


def test_the_same_is_released_to_both() -> None:
    production, staging = MadeUp(), MadeUp()
    deploy(production, staging)
    assert production.served == staging.served == AFTER


def test_what_fails_in_production_stays_in_staging_and_that_is_said() -> None:
    production, staging = MadeUp(ill={NEW.image}), MadeUp()
    with pytest.raises(ReleaseError) as told:
        deploy(production, staging)
    assert (production.served, staging.served) == (BEFORE, AFTER)
    assert told.value.message.startswith("production: the new release is not well")
    assert told.value.message.endswith("and is well; staging serves the new release")


def test_so_it_is_of_one_that_production_could_not_be_asked_about() -> None:
    with pytest.raises(InconclusiveError, match="was not taken back; staging serves the new"):
        deploy(MadeUp(silent=True), MadeUp())


def test_what_fails_in_staging_gets_no_further() -> None:
    production, staging = MadeUp(), MadeUp(ill={NEW.image})
    with pytest.raises(ReleaseError, match="staging: the new release is not well") as told:
        deploy(production, staging)
    assert told.value.message.endswith("what served before serves again, and is well")
    assert (production.served, staging.served) == (BEFORE, BEFORE)


def test_of_one_that_is_interrupted_it_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    production, staging = MadeUp(cut={"put": KeyboardInterrupt()}), MadeUp()
    with pytest.raises(KeyboardInterrupt):
        deploy(production, staging)
    assert (production.served, staging.served) == (BEFORE, AFTER)
    said = capsys.readouterr().err
    assert "· staging serves the new release\n" in said
    assert said.splitlines()[-1].startswith("warning: production: what served before serves again")
