"""The Worker as wrangler bundles it, without anything being deployed."""

from pathlib import Path

from harness import node
from harness.cloudflare.packages import install_packages
from harness.process import Completed, run
from tests.conftest import REPOSITORY

__all__ = ["WORKER", "bundle", "dry_run"]

WORKER = REPOSITORY / "deploy/cloudflare"


def bundle(place: Path) -> Path:
    """Have production's Worker written into a directory."""
    install_packages(WORKER)
    done = dry_run("production", place)
    assert done.ok, done.stdout + done.stderr
    return place / "worker.js"


def dry_run(environment: str, place: Path) -> Completed:
    """Have wrangler do all but deploy, with a directory for the bundle and for all of its own."""
    wrangler = WORKER / "node_modules/wrangler/bin/wrangler.js"
    words = ["deploy", "--dry-run", "--containers-rollout", "none", "--env", environment]
    variables = {
        **node.variables(),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        # Not the home directory, in which it may not be able to write.
        "XDG_CONFIG_HOME": str(place / "config"),
        "WRANGLER_LOG_PATH": str(place / "logs"),
    }
    command = [str(node.program()), str(wrangler), *words, "--outdir", str(place)]
    return run(command, cwd=WORKER, env=variables, check=False)
