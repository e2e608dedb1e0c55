"""What begins without a credential is seen, whichever program begins it."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.criteria.facts.missing_credential import COMMANDS, observe
from harness.criteria.judge.dependencies import credentials
from harness.criteria.verdict import Verdict
from harness.loaded import Loaded, loaded
from harness.project import Project

# Starts a program, and says what it was given.
_RELEASE = """
import os, subprocess
subprocess.run(["true"], check=True)
given = [name for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID") if name in os.environ]
raise SystemExit(f"error: given {' '.join(given)}")
"""


# Asks for credentials as a checkout's own script may.
_ASKING = """#!/bin/sh
for name in CLOUDFLARE_API_TOKEN CLOUDFLARE_ACCOUNT_ID; do
  eval "[ -n \\"\\${$name:-}\\" ]" || { echo "error: $name is not set" >&2; exit 1; }
done
curl https://api.cloudflare.com/
"""
_BUILD = "docker build --quiet --file deploy/Dockerfile ."


@pytest.fixture(scope="module")
def harness() -> Iterator[Loaded]:
    with loaded() as found:
        yield found


def checkout(root: Path, recipe: str, **files: str) -> Project:
    for name, text in {"harness.toml": "", "ask": _ASKING, **files}.items():
        (root / name).write_text(text, encoding="utf-8")
        (root / name).chmod(0o755)
    (root / "Makefile").write_text(f"deploy-cf: ; {recipe}\n", encoding="utf-8")
    return Project(root)


@pytest.mark.parametrize(
    ("recipe", "began"),
    [
        (f"@{_BUILD} && ./ask", _BUILD),
        (f"@{_BUILD}; ./ask", _BUILD),
        (f"@sh -c '{_BUILD}' || true; ./ask", _BUILD),
        ("@curl -s https://api.cloudflare.com/; ./ask", "curl -s https://api.cloudflare.com/"),
        ("@docker buildx build . ; ./ask", "docker buildx build ."),
        ("@docker compose build ; ./ask", "docker compose build"),
        ("@podman build . ; ./ask", "podman build ."),
        ("@docker run img ls; ./ask", "docker run img ls"),
    ],
)
def test_what_is_begun_before_the_credentials_are_asked_for_is_caught(
    tmp_path: Path, harness: Loaded, recipe: str, began: str
) -> None:
    facts = observe(checkout(tmp_path, recipe), harness)
    assert {it.began for it in facts.runs if it.command.startswith("make ")} == {(began,)}
    judged = credentials(facts)
    assert judged.verdict is Verdict.FAILED
    assert f"begins something: {began}" in judged.reason


@pytest.mark.parametrize(
    "recipe",
    [
        f"@./ask && {_BUILD}",
        "@docker --version; docker image inspect x; docker compose version; ./ask",
        "@curl --version; ./ask",
        "@PATH=/usr/bin:$$PATH docker image inspect x; ./ask",
    ],
)
def test_to_look_at_this_machine_before_is_right(
    tmp_path: Path, harness: Loaded, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(f"#!/bin/sh\necho $* >>{tmp_path}/let-through\n", encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    judged = credentials(observe(checkout(tmp_path, recipe), harness))
    assert judged.verdict is Verdict.PASSED, judged.reason
    assert (tmp_path / "let-through").exists() == ("docker image" in recipe)


def test_what_make_begins_is_seen_and_each_lacks_one_credential(
    tmp_path: Path, harness: Loaded
) -> None:
    (tmp_path / "harness.toml").touch()
    (tmp_path / "release.py").write_text(_RELEASE, encoding="utf-8")
    recipe = f"@{shlex.quote(sys.executable)} release.py"
    (tmp_path / "Makefile").write_text(f"deploy-cf:\n\t{recipe}\n", encoding="utf-8")
    runs = observe(Project(tmp_path), harness).runs
    assert {it.command for it in runs} == set(COMMANDS)
    made = {it.missing: it for it in runs if it.command.startswith("make ")}
    assert made[TOKEN,].errors == (f"error: given {ACCOUNT}",)
    assert made[ACCOUNT,].errors == (f"error: given {TOKEN}",)
    assert all("subprocess.Popen ('true'" in it.began[0] for it in made.values())
    own = [it for it in runs if it not in made.values()]
    assert [it.began for it in own] == [()] * 4
    assert all(it.missing[0] in it.errors[0] for it in own)
