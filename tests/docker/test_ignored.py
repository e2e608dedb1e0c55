"""Ignore files, read as BuildKit reads them."""

from pathlib import Path

import pytest

from harness.docker.ignored import Ignored
from harness.docker.inputs import context_files

NAMES = ("a.log", "d/run.sh", "d/e/deep.sh", "d/e/x.txt", "d/e/__pycache__/m.pyc", "e/x.txt")


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([], set(NAMES)),
        (["# all", "", "  "], set(NAMES)),
        (["*"], set()),
        (["*", "!**/*.sh"], {"d/run.sh", "d/e/deep.sh"}),
        (["*", "!d"], {it for it in NAMES if it.startswith("d/")}),
        (["*", "!d", "d/e"], {"d/run.sh"}),
        (["*", "!d/e/x.txt"], {"d/e/x.txt"}),
        (["!d", "*"], set()),
        (["**/__pycache__"], set(NAMES) - {"d/e/__pycache__/m.pyc"}),
        (["d/*"], {"a.log", "e/x.txt"}),
        (["*/x.txt"], set(NAMES) - {"e/x.txt"}),
        (["**/x.txt"], set(NAMES) - {"d/e/x.txt", "e/x.txt"}),
        (["/d/", "./a.log"], {"e/x.txt"}),
        (["[a-c].log"], set(NAMES) - {"a.log"}),
        (["?.log"], set(NAMES) - {"a.log"}),
        (["[^b].log"], set(NAMES) - {"a.log"}),
        (["[!b].log"], set(NAMES)),
        (["[b"], set(NAMES)),
        (["D"], set(NAMES)),
        (["d/../e"], set(NAMES) - {"e/x.txt"}),
        (["."], set(NAMES)),
        (["**"], set()),
        (["d/**", "!d/e"], set(NAMES) - {"d/run.sh"}),
    ],
)
def test_what_is_left_of_a_context(tmp_path: Path, lines: list[str], left: set[str]) -> None:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "Dockerfile.dockerignore").write_text("\n".join(lines), encoding="utf-8")
    found = set(context_files(tmp_path, tmp_path / "Dockerfile", ["."]))
    assert found & set(NAMES) == left
    ignored = Ignored(lines)
    assert {name for name in NAMES if not ignored.leaves_out(name)} == left


@pytest.mark.parametrize(
    ("lines", "all_of_it"),
    [
        (["d"], True),
        (["d", "!d/e"], False),
        (["d", "!e"], True),
        (["!d/e", "d"], True),
        (["*", "!deploy"], True),
        (["*", "!**/*.sh"], False),
        (["*", "!d*/x"], False),
        (["e"], False),
    ],
)
def test_a_directory_is_looked_into_only_where_an_exception_may_match(
    lines: list[str], *, all_of_it: bool
) -> None:
    assert Ignored(lines).leaves_out_all("d") is all_of_it


def test_what_is_no_utf8_and_a_mark_of_byte_order_are_read(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"\xef\xbb\xbfd\n# caf\xe9\n")
    assert Ignored.of(tmp_path, tmp_path / "Dockerfile").leaves_out("d/run.sh")
