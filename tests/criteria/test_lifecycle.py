"""Lives of small environments, on the engine: what `dev-clean` leaves, and what is none of its."""

import io
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness import names, process
from harness.bases import StandIn
from harness.criteria.facts import dev_call, lifecycle
from harness.criteria.facts.lifecycle import Clean, LifecycleFacts
from harness.engine.model import Engine
from tests.foreign.checkouts import checkout

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SERVER = """
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
writeFileSync("/data/wal/segment-000.wal", "x");
createServer((_, response) => response.end("{}")).listen(3000);
process.on("SIGTERM", () => process.exit(0));
"""
MAKEFILE = """
dev: ; docker compose up --detach
dev-down: ; docker compose down
dev-clean: ; docker compose down --volumes
"""
NO_VOLUMES: Mapping[str, object] = {}
KINDS = ("wal", ".beads", ".ckindex")


def compose(
    image: str,
    state: tuple[str, str, str],
    volumes: Mapping[str, object] = NO_VOLUMES,
    more: tuple[str, ...] = (),
) -> str:
    wal, beads, ckindex = state
    places = [f"{wal}:/data/wal", f"{beads}:/work/.beads", f"{ckindex}:/work/.ckindex"]
    places += ["./srv:/srv:ro", "./deploy/loa-identity:/work/identity", *more]
    service = {
        "image": image,
        "command": ["node", "/srv/serve.mjs"],
        "working_dir": "/work",
        "ports": ["127.0.0.1::3000"],
        "volumes": places,
    }
    return json.dumps({"services": {"mind": service}, "volumes": volumes})


@pytest.fixture(scope="module")
def image(docker: Engine) -> Iterator[str]:
    """One with Node, and with a directory of code that is called as state is."""
    found = StandIn.of("node:22-trixie-slim")
    assert found
    name = f"loa-tests/mind-{uuid.uuid4().hex[:8]}"
    dockerfile = (
        f"FROM {found.provide(docker)}\nRUN mkdir -p /opt/mind/wal && touch /opt/mind/wal/x\n"
    )
    docker.client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=name, rm=True)
    yield name
    docker.client.images.remove(name, force=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_call, "_STAYS", 3.0)
    monkeypatch.setattr(dev_call, "_STAYS_AGAIN", 3.0)


def lived(root: Path, docker: Engine, files: Mapping[str, str]) -> LifecycleFacts:
    """Return the life of a checkout that git has."""
    root.mkdir()
    project = checkout(root, {"srv/serve.mjs": SERVER, **files})
    (root / ".git").rmdir()
    process.run(["git", "-C", root, "init", "--quiet"])
    process.run(["git", "-C", root, "add", "--all"])
    return lifecycle.observe(project, docker)


def cleaned(facts: LifecycleFacts) -> Clean:
    assert facts.first.healthy, facts.first.said
    assert set(facts.made) >= set(KINDS)
    assert facts.clean
    assert facts.clean.again.healthy, facts.clean.again.said
    return facts.clean


def test_state_that_is_kept_elsewhere_and_what_others_lose_are_seen(
    tmp_path: Path, docker: Engine, image: str
) -> None:
    """Nothing of it has the project's label or lies where sources do."""
    outside = [tmp_path / it for it in ("wal", "beads")]
    for it in outside:
        it.mkdir()
    options = {"type": "none", "o": "bind", "device": str(outside[1])}
    volumes = {"beads": {"driver": "local", "driver_opts": options}}
    # A real prune, of this run's things alone.
    mine = f"--force --filter label={names.OWNER}={names.of_run()[names.OWNER]}"
    prunes = [f"docker {it} prune {mine}" for it in ("container", "network", "volume")]
    files = {
        "compose.yaml": compose(image, (str(outside[0]), "beads", "./.harness/ckindex"), volumes),
        "Makefile": MAKEFILE.rstrip() + "".join(f" && {it}" for it in prunes) + "\n",
        "deploy/loa-identity/scheduler.ts": "export {};\n",
    }
    clean = cleaned(lived(tmp_path / "checkout", docker, files))
    assert clean.survived == KINDS
    assert set(clean.took) == {"stopped container", "network", "anonymous volume"}
    assert not [it for place in outside for it in place.glob("probe-*")]


def test_a_directory_of_code_is_no_state_and_state_in_the_checkout_is_no_code(
    tmp_path: Path, docker: Engine, image: str
) -> None:
    """And its `make dev` stays in front of the environment."""
    (tmp_path / "shared" / "WAL").mkdir(parents=True)
    state = ("./.state/wal", "./.state/beads", "./.state/ckindex")
    files = {
        "compose.yaml": compose(image, state, more=(f"{tmp_path}/shared:/mnt/shared:ro",)),
        "Makefile": """
dev: ; docker compose up
dev-down: ; docker compose down
dev-clean: ; docker compose down && rm -rf .state/*
""",
        ".state/.gitkeep": "",
        "deploy/loa-identity/scheduler.ts": "export {};\n",
        "deploy/loa-identity/wal/index.ts": "export {};\n",
    }
    facts = lived(tmp_path / "checkout", docker, files)
    clean = cleaned(facts)
    assert (facts.first.status, facts.second and facts.second.status) == (None, None)
    assert facts.second
    assert facts.second.same
    assert facts.down
    assert facts.down.kept == dict.fromkeys(KINDS, True)
    assert (clean.state_on_host, clean.changed, clean.survived, clean.took) == ((), (), (), ())


def test_code_that_goes_with_the_state_is_seen(tmp_path: Path, docker: Engine, image: str) -> None:
    files = {
        "compose.yaml": compose(
            image, ("./.state/wal", "beads", "ckindex"), {"beads": {}, "ckindex": {}}
        ),
        "Makefile": MAKEFILE.rstrip() + " && rm -rf .state\n",
        ".state/.gitkeep": "",
        "deploy/loa-identity/scheduler.ts": "export {};\n",
    }
    clean = cleaned(lived(tmp_path / "checkout", docker, files))
    assert clean.changed == (".state/.gitkeep",)
    assert clean.survived == ()
