"""Every credential that a checkout's example names gets a made-up value, however it is written."""

from pathlib import Path

from harness import envfile
from harness.criteria.facts.canary import plant
from harness.criteria.facts.credential import local_names
from harness.project import Project

EXAMPLE = """\
# A_KEY=of a comment
A_KEY=
  export B_TOKEN=old # a word on it
SESSION_COOKIE=
PLAIN=1
CLAWDBOT_GATEWAY_TOKEN=
"""


def test_each_is_where_the_command_that_makes_the_file_finds_it(tmp_path: Path) -> None:
    (tmp_path / envfile.EXAMPLE).write_text(EXAMPLE, encoding="utf-8")
    planted = plant(Project(tmp_path)).values
    assert list(planted) == ["A_KEY", "B_TOKEN", "SESSION_COOKIE"]
    (tmp_path / envfile.EXAMPLE).rename(tmp_path / envfile.FILE_NAME)
    assert envfile.secrets_of(tmp_path) == planted
    assert envfile.read(tmp_path)["PLAIN"] == "1"


def test_what_is_kept_unsaid_is_what_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / envfile.EXAMPLE).write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / envfile.FILE_NAME).write_text(EXAMPLE.replace("=\n", "=x\n"), encoding="utf-8")
    assert set(local_names(Project(tmp_path))) == envfile.secrets_of(tmp_path).keys()
