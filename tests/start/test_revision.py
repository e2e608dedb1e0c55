"""The revision of a reloaded layer is that of its files, whatever was read before the save."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.engine.model import Engine
from harness.poll import until
from tests.start.conftest import layer_copy
from tests.start.handover import LAYER, Dev, developing
from tests.start.saves import append, replace, writing

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

NOT_LOADED = re.compile(r"(\..*|node_modules|test|package.*\.json|tsconfig\.json)")
FILES = ("d/a.ts", "d/e/b.ts", "other/e/b.ts", "gone/c.ts")


@pytest.fixture(scope="module")
def dev(docker: Engine, image: str) -> Iterator[Dev]:
    """A container whose layer has files in directories too."""
    with layer_copy() as project:
        for name in FILES:
            path = project.root / LAYER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'export const name = "{name}";\n', encoding="utf-8")
        with developing(docker, image, project) as dev:
            yield dev


def revision_of(layer: Path) -> str:
    """What the layer is to tell, by its own description."""
    names = [path.relative_to(layer) for path in layer.rglob("*") if path.is_file()]
    loaded = [
        name.as_posix()
        for name in names
        if name.suffix in {".ts", ".json"}
        and not any(NOT_LOADED.fullmatch(part) for part in name.parts)
    ]
    hashes = {name: hashlib.sha256((layer / name).read_bytes()).hexdigest() for name in loaded}
    lines = "".join(f"{name}\0{hashes[name]}\n" for name in sorted(loaded))
    return hashlib.sha256(lines.encode()).hexdigest()


def told(dev: Dev) -> str | None:
    answer = dev.run.get("/loa/version")
    return str(answer.json()["revision"]) if answer and answer.is_success else None


def swap(layer: Path) -> None:
    (layer / "d").rename(layer / "old")
    (layer / "other").rename(layer / "d")


def template(layer: Path) -> None:
    """Change what is no code, but part of the revision, and then what is loaded."""
    path = layer / "templates/identity.json"
    path.write_text(path.read_text("utf-8") + "\n", encoding="utf-8")
    append(layer)


@pytest.mark.parametrize(
    "change",
    [
        append,
        replace,
        writing("d/e/b.ts", "export {};\n"),
        swap,
        writing("d/e/b.ts", 'export const name = "edited";\n'),
        writing("new/directory/a.ts", "export {};\n"),
        lambda layer: shutil.rmtree(layer / "gone"),
        template,
    ],
    ids=["append", "replace", "write", "swap", "swapped", "new", "gone", "template"],
)
def test_after_each_kind_of_save_it_is_that_of_the_files(
    dev: Dev, change: Callable[[Path], object]
) -> None:
    dev.begin()
    before = told(dev)
    assert before == revision_of(dev.layer)
    change(dev.layer)
    wanted = revision_of(dev.layer)
    assert wanted != before
    with dev.run.explained():
        until(lambda: told(dev) == wanted, seconds=120, what="the files' revision is told")
