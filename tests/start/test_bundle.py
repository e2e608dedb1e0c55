"""The gateway in one file, from which the reloader starts gateways."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.model import Engine
from tests.conftest import REPOSITORY
from tests.start.conftest import Start, layer_copy
from tests.start.container import DEVELOPMENT, MARKER, PRODUCTION, Options, Running
from tests.start.handover import Dev, developing, websocket

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

BUNDLE = "/opt/loa/gateway/node_modules/.bundle/bundle.json"
GIVEN_UP = "start: the gateway's bundle does not load (it ended at once)"


@pytest.fixture(scope="module")
def dev(docker: Engine, image: str) -> Iterator[Dev]:
    """A container whose gateways are started from their bundle."""
    with layer_copy() as project, developing(docker, image, project) as dev:
        dev.begin()
        yield dev


def read(run: Running, path: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(run.exec("cat", path).stdout)
    return answer


def loaded(run: Running) -> set[str]:
    """The code that the serving gateway has loaded, by paths below the gateway's directory."""
    answer = run.get("/loa/scripts")
    assert answer is not None
    paths = (url.removeprefix("file://") for url in answer.json())
    home = "/opt/loa/gateway/"
    return {path.removeprefix(home) for path in paths if path.startswith(home)}


def test_of_its_modules_none_is_loaded_from_the_bundle_and_by_itself(dev: Dev) -> None:
    dev.mark("from the bundle")
    dev.serves("from the bundle")
    bundle = read(dev.run, BUNDLE)
    seen = loaded(dev.run)
    assert f"node_modules/.bundle/{bundle['file']}" in seen
    inputs = bundle["inputs"]
    assert isinstance(inputs, list)
    assert len(inputs) > 1_000
    assert seen & set(inputs) == set()


# Of a package that the gateway has in its bundle, as the plugin SDK's modules do.
REQUIRES = """
import { createRequire } from "node:module";

const require = createRequire("/opt/loa/gateway/node_modules/clawdbot/dist/entry.js");
export const marker = typeof require("ws").WebSocketServer;
"""


def test_what_the_layer_requires_of_the_gateway_is_the_gateway_s_own(dev: Dev) -> None:
    (dev.layer / MARKER).write_text(REQUIRES, encoding="utf-8")
    dev.serves("function")
    inputs = read(dev.run, BUNDLE)["inputs"]
    assert isinstance(inputs, list)
    assert any(name.startswith("node_modules/ws/") for name in inputs)
    assert loaded(dev.run) & set(inputs) == set()


def features(run: Running) -> dict[str, list[str]]:
    """The methods and events that the gateway offers its clients."""
    with websocket(run) as (_, about):
        return {name: sorted(values) for name, values in about["features"].items()}


def test_one_that_does_not_load_is_given_up_and_the_gateway_comes_up_without(
    dev: Dev, start: Start, tmp_path: Path
) -> None:
    broken = tmp_path / "bundle.json"
    broken.write_text('{"file": "none.cjs", "entry": "/none.js"}', encoding="utf-8")
    broken.chmod(0o644)
    run = start(DEVELOPMENT, options=Options(binds={BUNDLE: broken}))
    run.wait()
    assert run.marker() == "first"
    assert run.log().count(GIVEN_UP) == 1
    assert "node_modules/clawdbot/dist/gateway/server.impl.js" in loaded(run)
    assert features(run) == features(dev.run)


def test_production_does_without(start: Start) -> None:
    run = start(PRODUCTION)
    run.wait()
    assert "node_modules/clawdbot/dist/gateway/server.impl.js" in loaded(run)


def test_a_gateway_tells_the_same_from_its_bundle_as_without(start: Start) -> None:
    place = "/opt/loa/dev/test/bundling.mjs"
    source = REPOSITORY / "deploy/dev/test/bundling.mjs"
    run = start("node", "--test", place, options=Options(binds={place: source}))
    assert run.end() == 0, run.log()
