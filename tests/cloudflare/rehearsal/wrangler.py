"""The real wrangler, at the version in the lock, and the real Worker, led to a rehearsal."""

import json
from pathlib import Path

from harness import node, process
from harness.cloudflare.rehearsal import Rehearsal
from harness.process import Completed
from tests.cloudflare.rehearsal.client import CLASS
from tests.conftest import REPOSITORY

__all__ = ["NAME", "WORKER", "Wrangler"]

WORKER = REPOSITORY / "deploy/cloudflare"
NAME = "loa-staging"
_QUIET = {
    "CI": "1",
    "NO_COLOR": "1",
    "WRANGLER_SEND_METRICS": "false",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
}


class Wrangler:
    """Runs commands against a rehearsal, with a configuration of its own."""

    def __init__(self, cloud: Rehearsal, place: Path) -> None:
        self._cloud = cloud
        self._place = place

    def configure(self, image: str = "", **more: object) -> None:
        """Write the configuration: with a container if there is an image for it."""
        container = {"name": f"{NAME}-loacontainer", "class_name": CLASS, "image": image}
        size = {"instance_type": "standard-1", "max_instances": 1}
        durable = {
            "durable_objects": {"bindings": [{"name": "LOA", "class_name": CLASS}]},
            "migrations": [{"tag": "v1", "new_sqlite_classes": [CLASS]}],
            "containers": [container | size],
        }
        settings = {
            "name": NAME,
            "main": str(WORKER / "src/worker.ts"),
            "compatibility_date": "2026-01-01",
            "version_metadata": {"binding": "VERSION"},
            **(durable if image else {}),
            **more,
        }
        (self._place / "wrangler.json").write_text(json.dumps(settings), encoding="utf-8")

    def __call__(self, *words: str, stdin: str = "", **variables: str) -> Completed:
        """Run a command; nothing that it was not prepared for may be asked."""
        script = WORKER / "node_modules/wrangler/bin/wrangler.js"
        command = [str(node.program()), str(script), *words]
        env = {
            **node.variables(),
            **_QUIET,
            **self._cloud.environment,
            "XDG_CONFIG_HOME": str(self._place),
            "WRANGLER_LOG_PATH": str(self._place / "log"),
            **variables,
        }
        done = process.run(command, cwd=self._place, env=env, stdin=stdin, check=False)
        assert not self._cloud.calls.unknown
        return done
