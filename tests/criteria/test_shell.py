"""What a shell that cannot be opened says, beside what make says of its recipe."""

from pathlib import Path

import pytest

from harness.criteria.facts.developer import Developer
from harness.criteria.facts.shell import refused
from harness.engine.model import Engine
from harness.project import Project

ERROR = "error: nothing runs here; run make dev"
SAYS = f"echo '{ERROR}' >&2; exit 1"


@pytest.mark.parametrize(
    ("recipe", "lines"),
    [
        (f"@{SAYS}", (ERROR,)),
        (SAYS, (ERROR,)),
        (f"test -n '$(VENV)'; {SAYS}", (ERROR,)),
        (f"@echo looking; {SAYS}", ("looking", ERROR)),
        ("@exit 1", ()),
    ],
)
def test_what_make_prints_of_its_recipe_does_not_count(
    tmp_path: Path, recipe: str, lines: tuple[str, ...]
) -> None:
    (tmp_path / "harness.toml").touch()
    (tmp_path / "Makefile").write_text(f"dev-shell: ; {recipe}\n", encoding="utf-8")
    engine = Engine(host="", origin="", version="", program=Path("/usr/bin/docker"))
    found = refused(Developer(Project(tmp_path), engine), "make dev-shell")
    assert found.status != 0
    assert found.lines == lines
