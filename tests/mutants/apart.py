"""A place apart for programs that are wrong: they see no other process, and write nowhere else.

A mutant may end what is not its own, or write where its defaults lead. So all of them run in
namespaces of processes and mounts of their own, in which everything is read-only but a directory
for what is temporary, and the harness's cache. That needs root; without it the mutants of programs
that remove and rename files by themselves are left out, and that is said.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import process
from harness.paths import cache_dir

__all__ = ["go_on_apart", "is_apart"]

_APART = "LOA_MUTANTS_APART"
# However this process ends, all in there ends with it.
_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_UNSHARE = (*_WITH_US, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
# A blank in a name is \040 in mountinfo.
_SHUT = """
while read -r _ _ _ _ at _; do
    case $at in /proc* | /sys* | /dev*) continue ;; esac
    mount -o remount,bind,ro "$(printf %b "$at")" || exit
done </proc/self/mountinfo
for place in "$TMPDIR" "$0"; do
    mount --bind "$place" "$place" && mount -o remount,bind,rw "$place" || exit
done
exec "$@"
"""


def is_apart() -> bool:
    """Whether this process is in such a place."""
    return _APART in os.environ


def go_on_apart(module: str) -> int | None:
    """Run a module with this process's words in a place apart; None if this machine has none.

    Returns:
        The module's status.
    """
    if not all(map(shutil.which, ("setpriv", "unshare"))):
        return None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="loa-mutants-") as place:
        inside = [*_UNSHARE, "sh", "-c", _SHUT, str(cache_dir())]
        variables = {_APART: "1", "TMPDIR": place}
        if not process.run([*inside, "true"], env=variables, check=False).ok:
            return None
        words = [*inside, sys.executable, "-m", module, *sys.argv[1:]]
        return subprocess.call(words, env={**os.environ, **variables})
