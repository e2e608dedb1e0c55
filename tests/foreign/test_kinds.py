"""Whole checkouts of four other teams: right verdicts on what is read, nothing configured."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.config import discovered
from harness.criteria.facts import trigger
from harness.doctor.finding import Status, Subject
from harness.doctor.project import make_targets
from tests.foreign.checkouts import checkout
from tests.foreign.kinds import KINDS
from tests.reading import not_passed

Recorder = Callable[[str, object], None]

FOUND = {
    "other names": """compose.dev.yaml brain deploy/Dockerfile.development deploy/Dockerfile all
        ghcr.io/team/gate:main deploy/identity/scheduler.ts .github/workflows/live.yaml""",
    "npm scripts": """compose.yaml mind docker/Dockerfile.dev docker/Dockerfile core
        ghcr.io/team/mind:main deploy/identity/src/scheduler.ts .github/workflows/ship.yml""",
    "Podman": """podman-compose.yml loa Containerfile deploy/Containerfile runtime
        ghcr.io/team/loa:main deploy/loa-identity/scheduler.ts
        .github/workflows/cloudflare-deploy.yaml""",
    "a monorepo": """apps/brain/compose.dev.yaml loa apps/brain/Dockerfile.dev apps/brain/Dockerfile
        core ghcr.io/team/all:main deploy/identity/src/scheduler.ts .github/workflows/brain.yml""",
}


class Slip(NamedTuple):
    """A text of a checkout that is replaced, and the criteria that it then does not pass."""

    kind: str
    criteria: str
    file: str
    old: str
    new: str


SLIPS = (
    Slip("other names", "G-2.2", ".github/workflows/live.yaml", "minutes: 9", "minutes: 11"),
    Slip("other names", "NFR-3.1", "deploy/Dockerfile", "built again with each release", "x"),
    Slip("other names", "G-1.3", "deploy/edge/wrangler.toml", "standard-1", "standard-2"),
    Slip("other names", "R-3.1", "SECRETS.md", "Workers Scripts Edit", ""),
    Slip("npm scripts", "FR-5.1", "package.json", '"npm run deploy"', '"npm run dev"'),
    Slip("npm scripts", "NFR-4.2", "package.json", '"rotate"', '"renew"'),
    Slip("npm scripts", "NFR-3.2", "docker/Dockerfile", "ARG NODE=22", "ARG NODE=24"),
    Slip(
        "npm scripts",
        "NFR-4.3",
        ".github/workflows/ship.yml",
        "run: npm run ship",
        'run: npm run ship -- "$CLOUDFLARE_API_TOKEN"',
    ),
    Slip("Podman", "NFR-3.1", "Containerfile", "; rebuilt once a week", ""),
    Slip("Podman", "NFR-3.2", "deploy/Containerfile", "# Their version.\n", ""),
    Slip(
        "Podman",
        "NFR-4.2",
        "Makefile",
        ".PHONY: dev deploy-cf\ndev: ;",
        ".PHONY: deploy-cf\nstart: ;",
    ),
    Slip(
        "Podman",
        "NFR-4.3",
        ".github/workflows/cloudflare-deploy.yaml",
        'login --username x --password-stdin ghcr.io <<<"$PASSWORD"',
        'login --username x --password "$PASSWORD" ghcr.io',
    ),
    Slip("a monorepo", "FR-5.1", ".github/workflows/brain.yml", "@team/edge", "@team/web"),
    Slip("a monorepo", "NFR-4.2", "deploy/edge/package.json", '"rotate"', '"turn"'),
    Slip("a monorepo", "NFR-3.1", "apps/brain/Dockerfile", " Rebuilt when its lock changes.", ""),
    Slip("a monorepo", "NFR-4.2 R-3.1", "docs/brain/secrets.md", "| `NETLIFY", "| `NET_LIFY"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_by_what_it_does(tmp_path: Path, kind: str) -> None:
    project = checkout(tmp_path, KINDS[kind])
    compose, image = project.config.compose, project.config.image
    found = [compose.file, compose.service, image.dev_dockerfile, image.dockerfile]
    found += [image.fallback_target, image.published, project.config.probe.file]
    assert [*found, trigger.observe(project).workflow] == FOUND[kind].split()
    assert not [str(it) for it in discovered(tmp_path) if it.value is None]


@pytest.mark.parametrize("kind", KINDS)
def test_it_passes_all_that_is_read(tmp_path: Path, kind: str, record_property: Recorder) -> None:
    failed = dict(not_passed(checkout(tmp_path, KINDS[kind]).root))
    record_property("variant", [[], sorted(failed)])
    assert not failed


@pytest.mark.parametrize("slip", SLIPS, ids=lambda it: f"{it.kind}: {it.criteria}")
def test_a_slip_of_that_team_is_seen_and_nothing_else_is_blamed(
    tmp_path: Path, slip: Slip, record_property: Recorder
) -> None:
    text = KINDS[slip.kind][slip.file]
    assert text.count(slip.old) == 1
    files = {**KINDS[slip.kind], slip.file: text.replace(slip.old, slip.new)}
    failed = dict(not_passed(checkout(tmp_path, files).root))
    rest = {name for name, why in failed.items() if why.startswith("rests on FR-5.1")}
    record_property("variant", [slip.criteria.split(), sorted(failed.keys() - rest)])
    assert failed.keys() - rest == set(slip.criteria.split()), failed


@pytest.mark.parametrize("kind", ["npm scripts", "a monorepo"])
def test_that_it_has_no_makefile_is_said(tmp_path: Path, kind: str) -> None:
    (finding,) = make_targets(Subject(checkout(tmp_path, KINDS[kind])))
    assert finding.status is not Status.OK
