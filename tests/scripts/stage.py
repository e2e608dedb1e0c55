"""A stage for shell scripts: programs that only write down how they were called.

The scripts are this repository's own, with their patience made short. Nothing that they remove is
removed, since `rm` is one of the stand-ins too.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.poll import until
from tests.conftest import REPOSITORY

__all__ = ["PATIENCE", "TOKEN", "Play", "Stage"]

TOKEN = "made-up-token"
PATIENCE = float(os.environ.get("LOA_STAGE_PATIENCE", "60"))
DEPLOY = REPOSITORY / "deploy"
SHORTER = {
    "patience=8": "patience=1",
    "SECONDS - health_started < 5": "SECONDS - health_started < ${YOUNG:-0}",
}
RECORD = """#!/bin/bash
printf '%s\\n' "${0##*/} $*" >>"$STAGE/log"
env >"$STAGE/env.${0##*/}"
"""
HEED = """trap 'echo "{name} ended" >>"$STAGE/log"; exit 0' TERM
"""
LIVE = f"""{HEED}
while :; do sleep 0.05 & wait $!; done
"""
NODE = f"""{RECORD}
case "$*" in
    *recovery.ts*)
        cat "$TMPDIR"/*/status >"$STAGE/at-recovery" 2>/dev/null
        [ -z "$HANGS" ] || exec sleep 60
        exit "${{RECOVERY:-0}}" ;;
    *backup.mjs*)
        # Recovery that did not wait for it would be here by then.
        for _ in {{1..30}}; do ! grep -q recovery "$STAGE/log" || break; sleep 0.01; done
        echo restored >>"$STAGE/log"
        exit 0 ;;
    *reloader.mjs*) exit "${{RELOADER:-0}}" ;;
esac
if [ -n "$SHORT_LIVED" ] && [ ! -e "$STAGE/again" ]; then
    touch "$STAGE/again"
    # Or the gateway is ended before it can say so.
    until grep -q '^gateway' "$STAGE/log"; do sleep 0.01; done
    exit 3
fi
{LIVE.format(name="health")}"""
GATEWAY = f"""#!/bin/bash
{HEED.format(name="gateway")}
echo $$ >"$STAGE/gateway.pid"
sleep 60 & echo $! >"$STAGE/grandchild.pid"
env >"$STAGE/env.gateway"
printf '%s\\n' "gateway $*" >>"$STAGE/log"
[ -z "$STUBBORN" ] || {{ trap '' TERM; while :; do sleep 0.05; done; }}
until [ -z "$ENDS" ] || [ -e "$STAGE/env.node" ]; do sleep 0.01; done
[ -z "$ENDS" ] || exit "$ENDS"
{LIVE.format(name="gateway")}"""
ENTR = """
load() { echo "load ${gateway_options[*]}" >>"$STAGE/log"; }
watch() { echo watch >>"$STAGE/log"; }
follow() { echo follow >>"$STAGE/log"; finish 0; }
"""


@dataclass
class Play:
    """A script that runs on the stage.

    Attributes:
        process: The script's shell.
        place: The stage's directory.
    """

    process: subprocess.Popen[str]
    place: Path

    @property
    def log(self) -> list[str]:
        """What was called, in order, without the stage's own path."""
        return Stage(self.place).log

    def calls(self, pattern: str) -> None:
        """Wait until something of this kind was called."""
        until(
            lambda: any(re.search(pattern, it) for it in self.log), seconds=PATIENCE, what=pattern
        )

    def pid(self, name: str) -> int:
        """Return the process number that a stand-in wrote down."""
        path = self.place / f"{name}.pid"
        until(lambda: path.is_file() and path.read_text(), seconds=PATIENCE, what=f"{name} runs")
        return int(path.read_text(encoding="ascii"))

    def end(self, *, signalled: bool = False) -> tuple[int, str]:
        """Return the script's status and what it said, after SIGTERM if that is wanted."""
        if signalled:
            self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@dataclass(frozen=True)
class Stage:
    """A directory with stand-ins, and the scripts as they are laid out in the image."""

    place: Path

    @classmethod
    def set_up(cls, place: Path) -> "Stage":
        """Make it."""
        for name in ("bin", "tmp", "home/gateway", "home/health", "home/dev", "workspace"):
            (place / name).mkdir(parents=True)
        stage = cls(place)
        for name in ("start-loa.sh", "start-loa-dev.sh", "supervise.sh"):
            stage.write(f"home/{name}", stage.shortened(name))
        stage.write("home/gateway/run.sh", GATEWAY)
        stage.write("home/dev/entr.sh", ENTR)
        stage.program("node", NODE)
        stage.program("rm", RECORD)
        return stage

    @staticmethod
    def shortened(name: str) -> str:
        """Return a script of ours that waits for less long, if it waits as long as it should."""
        text = (DEPLOY / name).read_text(encoding="utf-8")
        for long, short in SHORTER.items():
            assert name != "supervise.sh" or text.count(long) == 1, long
            text = text.replace(long, short)
        return text

    def write(self, name: str, text: str) -> Path:
        """Write a file that can be run."""
        path = self.place / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def program(self, name: str, text: str = RECORD) -> None:
        """Put a stand-in before the program of this name."""
        self.write(f"bin/{name}", text)

    @property
    def log(self) -> list[str]:
        """What was called, in order."""
        path = self.place / "log"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return text.replace(str(self.place), ".").splitlines()

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables that a stand-in was last called with."""
        lines = (self.place / f"env.{name}").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def status(self) -> str:
        """Return what the health server would read."""
        [path] = self.place.glob("tmp/*/status")
        return path.read_text(encoding="utf-8")

    def variables(self) -> dict[str, str]:
        """Return what a script sees here."""
        return {
            "PATH": f"{self.place / 'bin'}:/usr/bin:/bin",
            "STAGE": str(self.place),
            "TMPDIR": str(self.place / "tmp"),
            "HOME": str(self.place),
            "LOA_HOME": str(self.place / "home"),
            "LOA_WORKSPACE": str(self.place / "workspace"),
            "CLAWDBOT_GATEWAY_TOKEN": TOKEN,
        }

    @contextmanager
    def playing(self, *words: str, **given: str) -> Iterator[Play]:
        """Run a command here, and end whatever is left of it."""
        variables: Mapping[str, str] = {**self.variables(), **given}
        process = subprocess.Popen(
            ["bash", *words],
            env=variables,
            cwd=self.place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield Play(process, self.place)
        finally:
            self._clear(process)

    def run(self, *words: str, **given: str) -> tuple[int, str]:
        """Run a command to its end; return its status and what it said."""
        with self.playing(*words, **given) as play:
            return play.end()

    def _clear(self, process: subprocess.Popen[str]) -> None:
        written = (it.read_text(encoding="ascii") for it in self.place.glob("*.pid"))
        for group in (process.pid, *map(int, filter(None, written))):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        process.communicate()
