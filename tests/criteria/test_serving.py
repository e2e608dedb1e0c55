"""Who serves is told from who passes connections on, though both may hold one for a moment."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from docker.models.containers import Container

from harness import node
from harness.criteria.facts import serving
from harness.criteria.facts.serving import Serving
from tests.criteria.here import Here

_DOOR = """
const { fork } = require("child_process");
const child = fork(process.argv[1]);
const server = require("net").createServer({ pauseOnConnect: true }, (socket) =>
  child.send("take it", socket, { keepOpen: process.argv[2] === "keeps" }));
child.once("message", () => server.listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify([server.address().port, child.pid]))));
"""
_CHILD = """
const server = require("http").createServer((_, answer) => answer.end("{}"));
process.on("message", (_, socket) => { server.emit("connection", socket); socket.resume(); });
process.on("disconnect", () => process.exit());
process.send("ready");
"""


@contextmanager
def passing_on(child: str, how: str) -> Iterator[list[int]]:
    words = [str(node.program()), "-e", _DOOR, child, how]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as door:
        assert door.stdout
        try:
            yield json.loads(door.stdout.readline())
        finally:
            door.kill()


@pytest.mark.parametrize("how", ["lets go", "keeps"])
def test_it_is_the_process_that_answers(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    child = tmp_path_factory.mktemp("serving") / "child.cjs"
    child.write_text(_CHILD, encoding="utf-8")
    here = cast("Container", Here())
    with passing_on(str(child), how) as (port, pid):
        monkeypatch.setattr(serving, "GATEWAY_PORT", port)
        found = serving.serving(here)
        assert found
        assert found.pid == pid
        assert not found.is_gone(here)
        assert Serving(pid, found.started + 1).is_gone(here)
    assert serving.serving(here) is None
