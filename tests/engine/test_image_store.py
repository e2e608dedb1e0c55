"""An engine with containerd's image store, whose own builder exports finished steps."""

import json
import os
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from harness.docker import builders
from harness.docker.buildx import OWN_BUILDER
from harness.docker.loopback_registry import registry
from harness.docker.production import Wanted, build_production
from harness.engine.daemon import Daemon
from harness.engine.model import Engine
from harness.fixtures.engine import engine
from tests.docker.build_cache import prune, records
from tests.docker.small_checkout import small_checkout

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0,
        reason="starts an engine, which only root on Linux can",
    ),
    pytest.mark.xdist_group("own-engine"),
]

# A copy is a step that needs no shell.
DOCKERFILE = """FROM scratch AS rust-builder
COPY content /rust/
FROM scratch AS runtime
COPY --from=rust-builder /rust /rust
CMD ["/none"]
"""
EXPORTS = {
    "a registry": ("type=registry,ref={host}/cache:1,mode=max", "type=registry,ref={host}/cache:1"),
    "a directory": ("type=local,dest={place},mode=max", "type=local,src={place}"),
}


@pytest.fixture(scope="module", autouse=True)
def _registry(home: Path) -> None:
    """Unpack the registry too, while there is a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE_DIR", str(home))
        with registry():
            pass


@pytest.fixture
def exporting(docker: Engine, own: Daemon, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The harness's engine with the other image store; it is `own`, which ends it."""
    configure = Daemon._configure  # noqa: SLF001 -- nobody else needs the other store

    def configure_otherwise(self: Daemon, networks: str) -> None:
        configure(self, networks)
        path = self.place / "daemon.json"
        settings = json.loads(path.read_text(encoding="utf-8"))
        settings["features"] = {"containerd-snapshotter": True}
        path.write_text(json.dumps(settings), encoding="utf-8")

    monkeypatch.setattr(Daemon, "_configure", configure_otherwise)
    client = {it: docker.variables[it] for it in docker.variables if it != "DOCKER_HOST"}
    monkeypatch.setattr("harness.engine.clients.prepare", lambda: (docker.program, client))
    assert own.process() is None
    with engine() as found:
        assert found.own
        return found


@pytest.mark.parametrize("where", EXPORTS)
def test_steps_that_were_exported_are_found_by_a_builder_that_has_none(
    exporting: Engine, tmp_path: Path, where: str
) -> None:
    assert builders.exporting(exporting) == OWN_BUILDER
    project = small_checkout(tmp_path / "checkout", DOCKERFILE)
    with registry() as served:
        to, source = (it.format(host=served.host, place=tmp_path / "kept") for it in EXPORTS[where])
        first = build_production(project, exporting, Wanted(cache_to=(to,)))
        exporting.client.images.remove(first.reference, force=True)
        prune(exporting, records(exporting))
        assert build_production(project, exporting, Wanted(tag="x:1")).hits.by_count == 0
        exporting.client.images.remove("x:1", force=True)
        prune(exporting, records(exporting))
        again = build_production(project, exporting, Wanted(tag="x:1", cache_from=(source,)))
    assert (first.hits.by_count, again.hits.by_count) == (0, 1)


def test_the_registry_s_cache_is_exported_without_another_builder(
    exporting: Engine, tmp_path: Path
) -> None:
    with registry() as served:
        published = f'[image]\npublished = "{served.host}/x:main"\n'
        project = small_checkout(tmp_path / "checkout", DOCKERFILE, published)
        shared = Wanted(tag=f"{served.host}/x:{uuid4().hex}", push=True, registry_cache=True)
        first = build_production(project, exporting, shared)
        exporting.client.images.remove(first.reference, force=True)
        prune(exporting, records(exporting))
        again = build_production(project, exporting, shared)
    assert (first.hits.by_count, again.hits.by_count) == (0, 1)
    assert again.digest == first.digest
