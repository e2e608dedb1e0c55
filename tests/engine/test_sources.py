"""apt's own sources say which mirror and which key are used."""

from pathlib import Path

import pytest

from harness.engine import sources
from harness.errors import EngineError
from tests.engine.conftest import name_sources

LINES = """
# deb http://off.example.org/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb http://apt.vendor.example bookworm main
deb [arch=amd64 signed-by=/keys/k.gpg] http://mirror.example/debian bookworm main contrib # x
deb http://mirror.example/debian bookworm-updates main
deb http://safe.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
"""
STANZAS = """
# the usual
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Check-Valid-Until: no
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINB
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://safe.example/debian-security
# where fixes come first
Suites: bookworm-security
Components: main
"""


@pytest.fixture(autouse=True)
def bookworm(codename: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codename
    monkeypatch.setattr(sources, "codename", lambda: "bookworm")


def name_stanzas(place: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    name_sources(place, monkeypatch, "")
    (place / "parts").mkdir()
    (place / "parts/debian.sources").write_text(text)
    (place / "parts/debian.sources.disabled").write_text(text.replace("mirror", "disabled"))
    with (place / "apt.conf").open("a") as file:
        file.write(f'Dir::Etc::sourceparts "{place}/parts";\n')


def test_lines_give_the_mirrors_of_another_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_sources(tmp_path, monkeypatch, LINES)

    found = sources.archives("trixie")

    assert [(it.uri, it.suite) for it in found] == [
        ("http://mirror.example/debian", "trixie"),
        ("http://mirror.example/debian", "trixie-updates"),
        ("http://safe.example/debian-security", "trixie-security"),
    ]
    assert found[0].options == {"signed-by": "/keys/k.gpg"}


def test_stanzas_keep_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_stanzas(tmp_path, monkeypatch, STANZAS)

    found = sources.archives("bookworm")

    assert [it.suite for it in found] == ["bookworm", "bookworm-updates", "bookworm-security"]
    assert found[2].uri == "http://safe.example/debian-security"
    written = str(found[0])
    assert "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n" in written
    assert "check-valid-until: no" in written
    assert "enabled" not in written


@pytest.mark.parametrize("suite", ["stable", "oldstable"])
def test_a_release_may_go_by_its_rank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suite: str
) -> None:
    name_sources(tmp_path, monkeypatch, f"deb http://mirror.example/debian {suite} main\n")

    assert [it.suite for it in sources.archives("trixie")] == ["trixie"]


def test_a_mirror_by_another_name_counts_if_it_is_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_sources(tmp_path, monkeypatch, "deb http://corp.example/apt/remote bookworm main\n")

    assert [it.uri for it in sources.archives("trixie")] == ["http://corp.example/apt/remote"]


def test_without_a_mirror_the_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_sources(tmp_path, monkeypatch, "deb http://corp.example/tools stable/ ./\n")

    with pytest.raises(EngineError, match="no mirror"):
        sources.archives("trixie")
