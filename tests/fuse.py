"""A directory that is seen through FUSE, as a checkout is on some macOS and WSL set-ups.

What happens to it behind the mount raises no event for whoever looks through the mount.
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.engine import packages, remains, sources
from harness.errors import EngineError
from harness.paths import cache_dir
from harness.poll import until

__all__ = ["seen_through_fuse"]

# bindfs and the library that it is linked against, by the Debian release.
_PACKAGES = {"bookworm": ("bindfs", "libfuse2"), "trixie": ("bindfs", "libfuse3-4")}
# Nothing may outlive a test that is killed; bindfs unmounts when it is asked to end.
_TIED = ("setpriv", "--pdeathsig", "TERM", "--")


@contextmanager
def seen_through_fuse(directory: Path, at: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Show a directory at another path; hand over the process that every look has to go through.

    The test is skipped, with a reason, where that cannot be done.
    """
    program, variables = _bindfs()
    at.mkdir()
    words = [*_TIED, str(program), "-f", str(directory), str(at)]
    with subprocess.Popen(words, env={**variables}) as child:
        try:
            until(lambda: child.poll() is not None or at.is_mount(), seconds=120, what="it mounts")
            assert child.poll() is None, "bindfs does not mount"
            yield child
        finally:
            # Whoever removes the directory must not find the other one in it.
            remains.unmount(at)
            child.terminate()


def _bindfs() -> tuple[Path, Mapping[str, str]]:
    """Return the program and the variables with which it finds its library."""
    if not Path("/dev/fuse").exists():
        pytest.skip("there is no /dev/fuse")
    try:
        release = sources.codename()
        if release not in _PACKAGES:
            pytest.skip(f"it is not known which packages of {release} hold bindfs")
        place = cache_dir("tests", f"bindfs-{release}") / "unpacked"
        packages.fetch({release: _PACKAGES[release]}, place)
    except EngineError as error:
        pytest.skip(error.message)
    libraries = {str(it.parent) for it in place.rglob("libfuse*.so.*")}
    return place / "usr/bin/bindfs", {"LD_LIBRARY_PATH": ":".join(libraries)}
