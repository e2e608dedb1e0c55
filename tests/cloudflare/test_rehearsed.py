"""What a rehearsal adds to a release; the real wrangler, an account that executes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloudflare import pipeline, rehearsed
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options
from harness.cloudflare.rehearsed import BEFORE
from harness.cloudflare.rollback import rollback
from harness.cloudflare.serving import Serving
from harness.cloudflare.target import Target
from harness.fixtures.releases import Releases, releases
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = Options(("staging", "production"), 30)

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("pipeline")]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    with releases(Project(REPOSITORY)) as found:
        for name, value in found.account.environment.items():
            monkeypatch.setenv(name, value)
        yield found


def test_a_release_replaces_another_and_is_taken_back_and_brought_again(made: Releases) -> None:
    with Target.of(made.project, Credentials.of_environment()) as target:
        digest = made.account.image(BEFORE, name=BEFORE).rpartition("@")[2]
        pipeline.precede(target, OPTIONS, target.registry.name(digest), BEFORE)
        before = made.served("production")
        assert made.served("staging").is_whole
        assert before.is_whole
        assert made.revision_of(before) == BEFORE
        done = made.deploy(made.image(name="new"), "--json")
        assert done.ok, done.stderr
        new, now = _serving(done.stdout), made.served("production")
        rehearsed.go_back(target, OPTIONS, new, stay=True)
        assert made.served("production") == before
        assert made.served("staging").running == now.running
        rollback(target, Options(("production",), 30), new.version)
        rehearsed.go_back(target, OPTIONS, new, stay=False)
        assert made.served("production") == now


def _serving(stdout: str) -> Serving:
    found = json.loads(stdout)
    return Serving(**{name: found[name] for name in ("version", "image", "revision")})
