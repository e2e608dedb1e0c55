"""A Docker engine of the harness's own: unpacked, started, stopped, removed."""

import hashlib
import json
import os
import platform
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import process
from harness.engine import kernel, machine, packages, remains
from harness.engine.firewall import Nft
from harness.engine.kernel import Record
from harness.engine.ping import Address, Answer, ask
from harness.errors import EngineError
from harness.locks import locked
from harness.paths import cache_dir
from harness.poll import PollTimeoutError, until

__all__ = ["Daemon", "nft"]

_EXEC_SECONDS = 5
_START_SECONDS = 90
_STOP_SECONDS = 40
_LOG_BYTES = 5_000_000
_LAST_LINES = 5
# What the engine needs of the environment of whoever starts it: no secret of theirs.
_PASSED_ON = ("HOME", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True)
class Daemon:
    """The one engine that the harness runs for a cache directory.

    Attributes:
        place: Where its data and log are.
        run: Where its socket and all that ends with it are.
    """

    place: Path
    run: Path

    @classmethod
    def own(cls) -> "Daemon":
        """Return the engine of this user's cache directory, running or not."""
        place = cache_dir("engine")
        # Under /run since a socket's path may have 107 bytes, and the engine makes deep ones.
        return cls(place, Path("/run") / _group(place))

    @property
    def host(self) -> str:
        """Its address as DOCKER_HOST takes it."""
        return f"unix://{self.run}/docker.sock"

    @property
    def log(self) -> Path:
        """What it logs."""
        return self.place / "dockerd.log"

    @property
    def data(self) -> Path:
        """Its images, containers and volumes."""
        return self.place / "data"

    def process(self) -> psutil.Process | None:
        """Return the running dockerd; a pid file would say nothing after a crash or a reboot."""
        found = remains.processes(packages.place(), _group(self.place))
        return next((it for it in found if remains.is_dockerd(it)), None)

    def start(self, progress: packages.Progress = lambda _: None) -> None:
        """Unpack the packages if that was not done yet, start the engine, wait until it answers.

        Raises:
            EngineError: It cannot run here, or does not come up; the message holds its last words.
        """
        machine.check()
        with self._locked():
            if not self.process():
                root = packages.unpacked(machine.engine_packages(), progress=progress)
                progress("starting")
                self._clean(root)
                packages.remove_unused()
                self._launch(root)
            self._wait_until_ready()

    def stop(self, *, purge: bool = False) -> list[str]:
        """Stop the engine and its containers, and put back what it changed in the kernel.

        Args:
            purge: Also remove its images, volumes and packages.

        Returns:
            What was there and is gone now, in words; empty if there was nothing.

        Raises:
            EngineError: Something of it cannot be removed.
        """
        with self._locked():
            done = []
            running = self.process()
            if running:
                _terminate(running)
                done.append("stopped the engine")
            if self._left_something():
                self._clean(packages.unpacked(machine.engine_packages()))
                done.append("put the network back")
            if purge:
                done += self._purge()
        return done

    def bound_log(self) -> None:
        """Keep the end of a log that has grown long; the running engine appends to what is left."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > _LOG_BYTES:
                kept = self.log.read_bytes()[-_LOG_BYTES:]
                self.log.with_suffix(".log.1").write_bytes(kept)
                os.truncate(self.log, 0)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Beside what `purge` removes: a lock that is deleted protects nothing.
        with locked(cache_dir() / "engine.lock"):
            yield

    @property
    def _record(self) -> Path:
        return self.run / "kernel.json"

    def _launch(self, root: Path) -> None:
        self.run.mkdir(mode=0o711, exist_ok=True)
        pool = kernel.free_network()
        Record.take(nft(root)).save(self._record)
        bridge, networks = pool.subnets(prefixlen_diff=1)
        kernel.add_bridge(next(bridge.subnets(new_prefix=24)))
        self._configure(str(networks))
        self._link_programs(root)
        with suppress(FileNotFoundError):
            self.log.replace(self.log.with_suffix(".log.1"))
        dockerd = root / "usr/sbin/dockerd"
        words = (dockerd, "--config-file", self.place / "daemon.json")
        process.detach(words, log=self.log, env=self._environment(root))

    def _configure(self, networks: str) -> None:
        settings = {
            "hosts": [self.host],
            "group": "root",
            "pidfile": str(self.run / "docker.pid"),
            "data-root": str(self.data),
            "exec-root": str(self.run / "exec"),
            "bridge": kernel.BRIDGE,
            "default-address-pools": [{"base": networks, "size": 26}],
            "cgroup-parent": f"/{_group(self.place)}",
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            # containerd's image store can export caches, but compresses every layer: the same
            # 480 MB image took 25 s to build instead of 3 s, and twice the disk.
            "features": {"containerd-snapshotter": False},
            "log-level": "warn",
            "log-driver": "json-file",
            "log-opts": {"max-size": "10m", "max-file": "3"},
        }
        text = json.dumps(settings, indent=1) + "\n"
        (self.place / "daemon.json").write_text(text, encoding="utf-8")

    def _link_programs(self, root: Path) -> None:
        """Give the programs the names that dockerd calls them by."""
        place = self.run / "bin"
        place.mkdir(exist_ok=True)
        programs = {
            "iptables": "usr/sbin/xtables-nft-multi",
            "ip6tables": "usr/sbin/xtables-nft-multi",
            "docker-init": "usr/bin/tini-static",
        }
        for name, target in programs.items():
            (place / name).symlink_to(root / target)

    def _environment(self, root: Path) -> dict[str, str]:
        path = [self.run / "bin", root / "usr/sbin", root / "usr/bin", os.environ["PATH"]]
        kept = {name: os.environ[name] for name in (*_PASSED_ON, *_PROXIES) if name in os.environ}
        return {
            **kept,
            "PATH": os.pathsep.join(map(str, path)),
            **_library_variables(root),
        }

    def _wait_until_ready(self) -> None:
        address = Address(self.host, "started by the harness")

        def look() -> str:
            if isinstance(ask(address), Answer):
                return "answers"
            return "" if self.process() else "ended"

        try:
            until(self.process, seconds=_EXEC_SECONDS, what="dockerd starts")
            state = until(look, seconds=_START_SECONDS, what="the harness's engine answers")
        except PollTimeoutError as error:
            advice = f"see {self.log}; `harness engine down` stops what there is of it"
            raise EngineError(f"{error}: {self._last_words()}", advice) from error
        if state == "ended":
            last = self._last_words()
            self._clean(packages.unpacked(machine.engine_packages()))
            raise EngineError(f"the harness's engine ended at once: {last}", f"see {self.log}")

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(lines[-_LAST_LINES:]) or "it logged nothing"

    def _left_something(self) -> bool:
        group = _group(self.place)
        return self.run.exists() or bool(remains.processes(packages.place(), group))

    def _clean(self, root: Path) -> None:
        """Remove what an engine has left behind, ended or killed, in this boot or before."""
        remains.kill(packages.place(), _group(self.place))
        for place in (self.run, self.data):
            remains.unmount(place)
        remains.remove_control_groups(_group(self.place))
        containerd = self.run / "exec/containerd/containerd.sock"
        remains.remove_shim_sockets(containerd, self.data / "containers")
        record = Record.load(self._record)
        if record:
            alone = not remains.rivals(packages.place())
            record.restore(nft(root), alone=alone)
        shutil.rmtree(self.run, ignore_errors=True)

    def _purge(self) -> list[str]:
        if not self.data.exists() and not any(packages.place().iterdir()):
            return []
        packages.remove()
        shutil.rmtree(self.place)
        return ["removed its images, volumes and packages"]


def _group(place: Path) -> str:
    return f"loa-harness-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"


def _library_variables(root: Path) -> dict[str, str]:
    libraries = root / "usr/lib" / f"{platform.machine()}-linux-gnu"
    return {"LD_LIBRARY_PATH": str(libraries), "XTABLES_LIBDIR": str(libraries / "xtables")}


def nft(root: Path) -> Nft:
    """Return the nft program of unpacked packages."""
    return Nft(root / "usr/sbin/nft", _library_variables(root))


def _terminate(running: psutil.Process) -> None:
    """Let dockerd stop its containers; it is killed only if that takes too long."""
    with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        running.send_signal(signal.SIGTERM)
        running.wait(_STOP_SECONDS)
