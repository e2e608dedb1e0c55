from pathlib import Path

import pytest

from harness.errors import ToolError
from harness.make import Makefile

WHOLE = """
include make/*.mk
READY = .ready
.PHONY: dev help
help: ; @echo deploy-cf: is not a target
# commented: out
dev: $(READY)
\t@harness dev
$(READY): ; @touch $@
dev-%: ; @harness $*
"""
INCLUDED = "down = dev-down\n$(down): ; @harness down\n"


@pytest.fixture
def makefile(tmp_path: Path) -> Makefile:
    (tmp_path / "make").mkdir()
    (tmp_path / "make/dev.mk").write_text(INCLUDED, encoding="utf-8")
    (tmp_path / "GNUmakefile").write_text(WHOLE, encoding="utf-8")
    return Makefile(tmp_path)


def test_targets_are_what_make_has_as_such(makefile: Makefile) -> None:
    found = makefile.targets()
    assert found >= {"dev", "help", ".ready", "dev-down"}
    assert not {it for it in found if "deploy-cf" in it or "commented" in it}


def test_one_by_a_pattern_is_one(makefile: Makefile) -> None:
    assert makefile.has("dev-shell")
    assert makefile.has("dev-down")
    assert not makefile.has("deploy-cf")


def test_a_recipe_is_told_and_not_run(makefile: Makefile, tmp_path: Path) -> None:
    assert makefile.recipe("dev") == ["touch .ready", "harness dev"]
    assert makefile.recipe("dev-shell") == ["harness shell"]
    assert makefile.recipe("deploy-cf") == []
    assert not (tmp_path / ".ready").exists()


def test_without_a_makefile_there_are_none(tmp_path: Path) -> None:
    assert Makefile(tmp_path).targets() == frozenset()
    assert not Makefile(tmp_path).has("dev")


def test_one_that_make_cannot_read_says_where(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("dev:\n\ttrue\nno rule at all\n", encoding="utf-8")
    with pytest.raises(ToolError, match=r"Makefile:3: .*missing separator"):
        Makefile(tmp_path).targets()
