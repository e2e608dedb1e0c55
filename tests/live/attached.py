"""`python -m tests.live.attached MODE ROOT URL`: what `harness dev` does once the stack is up.

How the engine would see the container stands in ROOT/condition: up, starting, down, gone, silent
for an engine that cannot be reached, or hung for one that never answers. ROOT/container.log is the
container's log.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker.errors

from harness import cli
from harness.console import log
from harness.live.attach import can_stay, stay, stream
from harness.live.target import Condition, WentError
from harness.project import Project


class PlayedTarget:
    """A stack whose container is played by files and by a server of the test's."""

    def __init__(self, root: Path, url: str) -> None:
        self.project = Project(root)
        self.health_url = url
        self.gateway_url = "http://127.0.0.1:18789"

    def look(self) -> Condition:
        condition = (self.project.root / "condition").read_text(encoding="utf-8").strip()
        if condition == "gone":
            raise WentError("the stack was stopped", "start it again with `make dev`")
        while condition == "hung":
            time.sleep(0.05)
        if condition == "silent":
            raise docker.errors.DockerException("no answer")
        return Condition(condition)

    def why_down(self) -> str:
        return "the container ended with status 137"

    def restart(self) -> None:
        (self.project.root / "restarted").touch()

    def log_command(self) -> tuple[Sequence[str], Mapping[str, str]]:
        return ["tail", "-n", "0", "-f", str(self.project.root / "container.log")], {}

    def mounted(self) -> list[Path]:
        return [self.project.layer]


def attach(mode: str, root: str, url: str) -> None:
    target = PlayedTarget(Path(root), url)
    if mode == "stream":
        log.json_mode = True
        stream(target)
    elif can_stay():
        stay(target)
        print("left", flush=True)  # noqa: T201 -- seen by the test


if __name__ == "__main__":
    # Errors become lines and exit statuses as they do in the real command.
    setattr(cli, "app", lambda: attach(*sys.argv[1:]))  # noqa: B010 -- it is another type
    cli.main()
