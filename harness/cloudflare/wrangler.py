"""wrangler, the version that the project pins: the only place that builds its command lines."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import node, process
from harness.cloudflare.credentials import ACCOUNT, TOKEN, Credentials
from harness.cloudflare.packages import install_packages
from harness.console import log
from harness.errors import ToolError
from harness.scratch import scratch

__all__ = ["Wrangler", "WranglerError", "failure_of"]

_PATIENCE = 180.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What a person's own login, settings or shell say does not count, and nothing is sent elsewhere.
_QUIET = {
    "CI": "1",
    "NO_COLOR": "1",
    "WRANGLER_SEND_METRICS": "false",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
    "WRANGLER_HIDE_BANNER": "true",
}
_OTHER_LOGINS = ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CF_API_TOKEN", "CF_ACCOUNT_ID")
# Cloudflare's codes for too many requests and for an error of its own are not final, all others.
_FINAL = re.compile(
    r"\[code: (?!971\]|10013\])\d+\]|misconfiguration|Build failed|Processing .* configuration"
)


class WranglerError(ToolError):
    """wrangler ended with an error.

    Args:
        passing: Whether the same command may succeed next time.
    """

    def __init__(self, message: str, output: str, *, passing: bool) -> None:
        super().__init__(message, "see what it says above", output)
        self.passing = passing


@dataclass(frozen=True)
class Wrangler:
    """wrangler in a directory that its lock was installed into.

    Attributes:
        directory: The Worker's directory, with `node_modules`.
        credentials: Passed in the environment, never in the command line.
    """

    directory: Path
    credentials: Credentials

    @classmethod
    def install(cls, directory: Path, credentials: Credentials) -> "Wrangler":
        """Install what the lock says, unless that is what is there.

        Raises:
            ToolError: npm failed.
        """
        install_packages(directory)
        return cls(directory, credentials)

    def run(self, *words: str) -> list[dict[str, Any]]:
        """Run a command to its end, and return what it wrote down of it.

        Raises:
            WranglerError: It failed.
        """
        with self._home() as (home, output):
            done = process.run(
                [*_dies_with_us(), node.program(), *self._program(), *words],
                what=f"wrangler {words[0]}",
                env=self._environment(home, output),
                cwd=self.directory,
                timeout=_PATIENCE,
                check=False,
            )
            if not done.ok:  # the last line of what it wrote down may be half of one
                raise failure_of(words, done.stdout, done.stderr)
            return list(_lines(output))

    def _program(self) -> list[str | Path]:
        """Return what `bin/wrangler.js` starts: a child of a child would outlive us."""
        script = self.directory / "node_modules/wrangler/wrangler-dist/cli.js"
        return ["--no-warnings", "--experimental-vm-modules", script]

    @contextmanager
    def _home(self) -> Iterator[tuple[Path, Path]]:
        with scratch("wrangler") as home:
            (home / "docker").mkdir()
            yield home, home / "output.ndjson"

    def _environment(self, home: Path, output: Path) -> dict[str, str]:
        # An empty value is as good as none to wrangler, and a child inherits the rest of ours.
        others = {name: "" for name in _OTHER_LOGINS if name in os.environ}
        return {
            **node.variables(),
            **_QUIET,
            **others,
            TOKEN: self.credentials.token,
            ACCOUNT: self.credentials.account,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "DOCKER_CONFIG": str(home / "docker"),
            "WRANGLER_LOG_PATH": str(home / "logs"),
            "WRANGLER_OUTPUT_FILE_PATH": str(output),
        }


def _dies_with_us() -> list[str]:
    """Have the kernel end wrangler with us, whoever kills us: nobody else would stop it.

    Where there is no such program, a release that is killed alone leaves wrangler to its end.
    """
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "KILL", "--"] if program else []


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        yield from (json.loads(it) for it in path.read_text(encoding="utf-8").splitlines() if it)


def failure_of(words: Sequence[str], stdout: str, stderr: str) -> WranglerError:
    """Return the error that says in a line what wrangler printed when it failed."""
    text = log.redact(_COLOURS.sub("", f"{stderr}\n{stdout}"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [it for it in lines if "ERROR" in it or "[code:" in it]
    reason = " ".join(errors[:2]) or (lines[-1] if lines else "it printed nothing")
    reason = reason.replace("✘", "").replace("[ERROR]", "").strip()
    return WranglerError(
        f"wrangler {words[0]} failed: {reason[:400]}",
        "\n".join(lines[-20:]),
        passing=_may_pass(text),
    )


def _may_pass(text: str) -> bool:
    """Whether the same command may succeed next time: unless wrangler says what is wrong with it.

    It words what the network or a server's bad moment ended in many ways, some of them without
    the reason. A try too many costs seconds; one too few costs the release.
    """
    return not _FINAL.search(text)
