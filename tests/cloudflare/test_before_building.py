"""What ends a release is said before an image is built, which may take half an hour."""

import pytest

from harness.cloudflare import pipeline
from harness.cloudflare.pipeline import Options
from harness.errors import ConfigError
from tests.cloudflare.made_up import MadeUp, MadeUpTarget, target


def test_that_nobody_knows_where_an_environment_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> MadeUp:
        raise ConfigError("nobody knows where loa answers")

    monkeypatch.setattr(MadeUpTarget, "site", unknown)
    monkeypatch.setattr(pipeline, "_preflight", lambda *_: None)
    shelf, options = MadeUp(), Options(("staging", "production"), 1)
    with pytest.raises(ConfigError, match="nobody knows where loa answers"):
        pipeline.deploy(target(shelf), options, lambda: pytest.fail("built"), lambda _: None)
    assert {shelf.read(name)[0].owner for name in options.environments} == {""}
