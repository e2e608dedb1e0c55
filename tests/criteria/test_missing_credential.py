"""What begins without a credential is seen, whichever program begins it."""

import shlex
import sys
from pathlib import Path

from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.criteria.facts.missing_credential import COMMANDS, observe
from harness.loaded import loaded
from harness.project import Project

# Starts a program, and says what it was given.
_RELEASE = """
import os, subprocess
subprocess.run(["true"], check=True)
given = [name for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID") if name in os.environ]
raise SystemExit(f"error: given {' '.join(given)}")
"""


def test_what_make_begins_is_seen_and_each_lacks_one_credential(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    (tmp_path / "release.py").write_text(_RELEASE, encoding="utf-8")
    recipe = f"@{shlex.quote(sys.executable)} release.py"
    (tmp_path / "Makefile").write_text(f"deploy-cf:\n\t{recipe}\n", encoding="utf-8")
    with loaded() as harness:
        runs = observe(Project(tmp_path), harness).runs
    assert {it.command for it in runs} == set(COMMANDS)
    made = {it.missing: it for it in runs if it.command.startswith("make ")}
    assert made[TOKEN,].errors == (f"error: given {ACCOUNT}",)
    assert made[ACCOUNT,].errors == (f"error: given {TOKEN}",)
    assert all("subprocess.Popen ('true'" in it.began[0] for it in made.values())
    own = [it for it in runs if it not in made.values()]
    assert [it.began for it in own] == [()] * 4
    assert all(it.missing[0] in it.errors[0] for it in own)
