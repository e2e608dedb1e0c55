"""A Debian archive in a folder, signed with a key of its own, for tests of the downloading."""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import stamina


@dataclass
class Archive:
    """An archive that apt accepts: `file:` address, one component, signed releases."""

    root: Path
    arch: str

    @property
    def uri(self) -> str:
        return f"file:{self.root}/debian"

    @property
    def key(self) -> Path:
        return self.root / "key.asc"

    def make_key(self) -> None:
        home = self.root / "gpg"
        home.mkdir(mode=0o700)
        words = ["--pinentry-mode", "loopback", "--passphrase", ""]
        self._gpg(*words, "--quick-generate-key", "test@example.invalid", "rsa2048", "sign")
        self.key.write_bytes(self._gpg("--armor", "--export"))

    def add(self, name: str, version: str, files: dict[str, str]) -> Path:
        """Build a package into the pool."""
        tree = self.root / "build" / f"{name}-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        fields = f"Package: {name}\nVersion: {version}\nArchitecture: {self.arch}\n"
        fields += "Maintainer: Test <test@example.invalid>\nDescription: test\n"
        (tree / "DEBIAN/control").write_text(fields)
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        pool = self.root / "debian/pool"
        pool.mkdir(parents=True, exist_ok=True)
        deb = pool / f"{name}_{version}_{self.arch}.deb"
        command = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(deb)]
        subprocess.run(command, check=True, capture_output=True)
        return deb

    def publish(self, release: str) -> None:
        """Write the index of everything in the pool as a release, and sign it."""
        dist = self.root / "debian/dists" / release
        index = dist / f"main/binary-{self.arch}/Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        debs = sorted((self.root / "debian/pool").glob("*.deb"))
        index.write_text("\n".join(map(self._entry, debs)))
        digest = hashlib.sha256(index.read_bytes()).hexdigest()
        text = f"Origin: Debian\nCodename: {release}\nSuite: {release}\nComponents: main\n"
        text += f"Architectures: {self.arch}\nDate: Mon, 01 Jan 2024 00:00:00 UTC\n"
        text += f"SHA256:\n {digest} {index.stat().st_size} {index.relative_to(dist)}\n"
        (dist / "Release").write_text(text)
        (dist / "InRelease").unlink(missing_ok=True)
        self._gpg("--clearsign", "--output", str(dist / "InRelease"), str(dist / "Release"))

    def _entry(self, deb: Path) -> str:
        command = ["dpkg-deb", "--field", str(deb)]
        fields = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        return f"{fields}Filename: pool/{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"

    # gpg gives its agent five seconds to start, which a busy machine may not keep.
    @stamina.retry(on=subprocess.CalledProcessError, attempts=3)
    def _gpg(self, *words: str) -> bytes:
        command = ["gpg", "--batch", "--yes", "--homedir", str(self.root / "gpg"), *words]
        return subprocess.run(command, check=True, capture_output=True).stdout
