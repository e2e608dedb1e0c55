"""Where the health server listens, asks and reads in the image, where nothing of that is set."""

import json
from pathlib import Path

from harness.node import node
from harness.project import Project
from tests.conftest import REPOSITORY

HEALTH = REPOSITORY / "deploy/health"
LOGS = "/tmp/clawdbot"  # noqa: S108 -- where the gateway's package writes its log
# It is asked for its health as soon as it listens; the gateway answers with a page of its own.
STAND_INS = """
import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
const seen = [];
http.Server.prototype.listen = function (port) {
  seen.push(port);
  this.emit("request", { url: "/health", method: "GET" });
};
http.get = ({ port }, answered) => {
  seen.push(port);
  answered(["a page"]);
  return { on() {} };
};
fs.readdirSync = (path) => {
  console.log(JSON.stringify([...seen, path]));
  process.exit();
};
syncBuiltinESMExports();
"""


def test_ports_and_log_are_those_of_the_image(tmp_path: Path) -> None:
    (stand_ins := tmp_path / "stand-ins.mjs").write_text(STAND_INS, encoding="utf-8")
    (status := tmp_path / "status").write_text('{"phase": "running"}', encoding="utf-8")
    words: list[str | Path] = ["--import", stand_ins, HEALTH / "server.mjs", "--status", status]
    ports = Project(REPOSITORY).config.ports
    assert json.loads(node(words, cwd=tmp_path).stdout) == [ports.health, ports.gateway, LOGS]


def test_the_state_is_that_of_the_workspace(tmp_path: Path) -> None:
    code = f'import {{ backup }} from "{HEALTH}/backup.mjs"; await backup({{}});'
    done = node(["--input-type=module", "--eval", code], cwd=tmp_path, check=False)
    assert "/workspace/" in done.stderr
