"""FR-5.1: whatever deploys in another team's workflow is seen, and what deploys nothing is not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.can_fail.checkout import Recorder
from tests.foreign.checkouts import checkout
from tests.foreign.kinds import NPM, OTHER_NAMES
from tests.reading import not_passed

SHIP, LIVE = ".github/workflows/ship.yml", ".github/workflows/live.yaml"
ACTION = "command: deploy --env live"
# What the lines below call.
FILES = {
    "deploy/worker/package.json": '{"name": "w", "scripts": {"release": "wrangler deploy"}}',
    "scripts/deploy.sh": "npx wrangler deploy\n",
    "scripts/up": '#!/usr/bin/env bash\ncd "$(dirname "$0")/../deploy/worker"\nnpm run release\n',
    "scripts/deploy.mjs": 'execFileSync("npx", ["wrangler", "deploy"]);\n',
    "Makefile": "release: ; cd deploy/worker && npx wrangler deploy\ndeploy-cf: ; ./release\n",
}
BESIDE = """
on: [push, pull_request]
permissions: {}
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps: [{run: npm ci}, {run: npx wrangler deploy --dry-run --outdir dist}]
"""
DEPLOYING = (
    "npx wrangler@4 deploy",
    "npx --yes wrangler@latest deploy",
    "npx --package wrangler@4 wrangler deploy",
    "pnpm dlx wrangler deploy",
    "pnpm wrangler deploy",
    "pnpm exec wrangler deploy",
    "yarn wrangler deploy",
    "bun x wrangler deploy",
    "bunx wrangler deploy",
    "timeout 300 npx wrangler deploy",
    "npx wrangler --env production deploy",
    "npx wrangler --config deploy/worker/wrangler.jsonc deploy",
    "npx wrangler deploy --dry-run=false",
    "yarn ship",
    "yarn workspace w release",
    "yarn --cwd deploy/worker release",
    "pnpm --filter w run release",
    "npm --prefix deploy/worker run release",
    "cd deploy/worker && npm run release",
    "cd $GITHUB_WORKSPACE/deploy/worker && npm run release",
    "(cd deploy/worker && npm run release)",
    "bash scripts/deploy.sh",
    "bash -euo pipefail scripts/deploy.sh",
    "./scripts/deploy.sh",
    "scripts/up",
    "bash -c 'npx wrangler deploy'",
    "make release",
)
IDLE = (
    "npx wrangler deploy --dry-run",
    "npx wrangler deploy --dry-run=true --outdir dist",
    "pnpm deploy",
    "npm release",
    "npx wrangler --env deploy whoami",
    "npx wrangler@4 versions upload",
    "(cd deploy/worker) && npm run release",
    "make -n deploy-cf",
    "cat scripts/deploy.sh",
    f"node -e '{'0;' * 200}'",
)
UNKNOWN = (
    "node scripts/deploy.mjs",
    'cd "$WHERE" && npm run release',
    "npx wrangler deploy ${{ github.ref != 'refs/heads/main' && '--dry-run' || '' }}",
)


def read(root: Path, files: Mapping[str, str]) -> dict[str, str]:
    return dict(not_passed(checkout(root, files).root))


def shipping(line: str) -> dict[str, str]:
    text = NPM[SHIP].replace("npm run ship", f"|\n          {line}")
    assert text != NPM[SHIP]
    return {**NPM, **FILES, SHIP: text}


def is_no_deployment(failed: Mapping[str, str], record_property: Recorder) -> None:
    rest = {name for name, why in failed.items() if why.startswith("rests on FR-5.1")}
    record_property("variant", [["FR-5.1"], sorted(failed.keys() - rest)])
    assert rest == {"G-2.1", "FR-5.2", "G-2.2"}
    assert failed.keys() - rest == {"FR-5.1"}
    assert "no workflow to deploy with: none of" in failed["FR-5.1"]


@pytest.mark.parametrize("line", DEPLOYING)
def test_a_step_that_deploys_is_seen(tmp_path: Path, line: str, record_property: Recorder) -> None:
    failed = read(tmp_path, shipping(line))
    record_property("variant", [[], sorted(failed)])
    assert not failed


@pytest.mark.parametrize("line", IDLE)
def test_one_that_deploys_nothing_is_none(
    tmp_path: Path, line: str, record_property: Recorder
) -> None:
    is_no_deployment(read(tmp_path, shipping(line)), record_property)


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_cannot_be_told_is_unverified(tmp_path: Path, line: str) -> None:
    failed = read(tmp_path, shipping(line))
    assert failed["FR-5.1"].startswith("uses "), failed


def test_a_build_that_only_pretends_stands_beside_it(
    tmp_path: Path, record_property: Recorder
) -> None:
    failed = read(tmp_path, {**NPM, ".github/workflows/ci.yml": BESIDE})
    record_property("variant", [[], sorted(failed)])
    assert not failed


@pytest.mark.parametrize("given", ['environment: "live"', "command: versions deploy"])
def test_the_action_deploys_where_its_command_does(tmp_path: Path, given: str) -> None:
    text = OTHER_NAMES[LIVE].replace(ACTION, given)
    assert not read(tmp_path, {**OTHER_NAMES, LIVE: text})


@pytest.mark.parametrize("command", ["whoami", "deploy --dry-run"])
def test_the_action_with_another_command_deploys_nothing(
    tmp_path: Path, command: str, record_property: Recorder
) -> None:
    text = OTHER_NAMES[LIVE].replace(ACTION, f"command: {command}")
    is_no_deployment(read(tmp_path, {**OTHER_NAMES, LIVE: text}), record_property)


def test_a_command_of_the_action_that_is_computed_is_unverified(tmp_path: Path) -> None:
    text = OTHER_NAMES[LIVE].replace(ACTION, 'command: "${{ vars.COMMAND }}"')
    failed = read(tmp_path, {**OTHER_NAMES, LIVE: text})
    assert failed["FR-5.1"].startswith("uses a command made by ${{ vars.COMMAND }}")
