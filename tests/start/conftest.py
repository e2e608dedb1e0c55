"""Fixtures for the start scripts' tests: the image, a layer that shows itself, containers."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

import pytest

from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.images import base_image, dev_image
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.start.container import MARKER, Options, Running, running


class Start(Protocol):
    """Start a command in a container of its own."""

    def __call__(self, *command: str, options: Options = ...) -> Running:
        """Return the container once it is started."""


# Stands before the layer: shows a file's content under /loa/marker and what code is loaded under
# /loa/scripts, takes memory for a moment at /loa/eat and for good at /loa/nibble, starts a process
# that would outlive it, appends to the log, of which nothing is dropped, and writes down that the
# layer's service was stopped, and not killed.
_FRONT = """
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { Session } from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";
import layer from "./layer-index.ts";
import { marker } from "./marker.ts";
import { Wal } from "./wal.ts";

Wal.prototype.dropBefore = async () => {};
const eaten = [];
let own;

async function append({ url }, response) {
  const deadline = performance.now() + 5_000;
  while (!own.wal && performance.now() < deadline) await delay(5);
  response.end(String(await own.append("test", new URL(url, "http://x").searchParams.get("text"))));
}

function watched(service) {
  const stop = async () => {
    await service.stop();
    appendFileSync("/data/loa/stopped", `${process.pid}\\n`);
  };
  return { id: service.id, start: () => service.start(), stop };
}

/** The URLs of all code that the process has loaded. */
function scripts() {
  const [session, urls] = [new Session(), []];
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => urls.push(params.url));
  session.post("Debugger.enable");
  session.disconnect();
  return urls;
}

function register(api) {
  const route = (path, text) => {
    const handler = (_request, response) => (response.end(text()), true);
    api.registerHttpRoute({ path, handler });
  };
  route("/loa/marker", () => marker);
  route("/loa/start", () => String(spawn("sleep", ["600"], { stdio: "ignore" }).pid));
  route("/loa/scripts", () => JSON.stringify(scripts()));
  route("/loa/eat", () => String(Buffer.alloc(1 << 30, 1).length));
  route("/loa/nibble", () => String(eaten.push(Buffer.alloc(1 << 27, 1))));
  api.registerHttpRoute({ path: "/loa/append", handler: append });
  const registerService = (service) => api.registerService(watched((own = service)));
  layer.register(Object.create(api, { registerService: { value: registerService } }));
}

export default { ...layer, register };
"""


@pytest.fixture(scope="session")
def image(docker: Engine) -> str:
    """The development image of this checkout."""
    project = Project(REPOSITORY)
    return dev_image(project, docker, base_image(project, docker)).reference


@contextmanager
def layer_copy() -> Iterator[Project]:
    """Copy the checkout, with a layer that shows what is loaded."""
    owner = (1000, 1000) if os.geteuid() == 0 else None
    with working_copy(Project(REPOSITORY), owner=owner) as project:
        layer = project.root / "deploy/loa-identity"
        (layer / "index.ts").rename(layer / "layer-index.ts")
        (layer / "index.ts").write_text(_FRONT, encoding="utf-8")
        (layer / MARKER).write_text('export const marker = "first";\n', encoding="utf-8")
        yield project


@pytest.fixture
def workspace() -> Iterator[Project]:
    """A copy of the checkout that a test may change."""
    with layer_copy() as project:
        yield project


@pytest.fixture
def start(docker: Engine, image: str, workspace: Project) -> Iterator[Start]:
    """Start containers on the test's copy; they go with the test."""
    with ExitStack() as started:

        def one(*command: str, options: Options = Options()) -> Running:  # noqa: B008 -- immutable
            return started.enter_context(running(docker, image, workspace, command, options))

        yield one
