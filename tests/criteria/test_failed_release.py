"""How releases are tried that are well, before those that are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.criteria.facts import failed_release
from harness.process import Completed
from harness.project import Project


class Made:
    """Stands for releases: each ends as it is told to."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.words: list[tuple[str, ...]] = []
        self.account = SimpleNamespace(cloud=SimpleNamespace(url=lambda _: "http://127.0.0.1:1"))

    def image(self, *, name: str) -> str:
        return name

    def deploy(self, _image: str, *words: str) -> Completed:
        self.words.append(words)
        return Completed(self.status, "", "error: it is not well")


def made(monkeypatch: pytest.MonkeyPatch, status: int) -> Made:
    found = Made(status)

    @contextmanager
    def releases(_: Project) -> Iterator[Made]:
        yield found

    monkeypatch.setattr(failed_release, "releases", releases)
    monkeypatch.setattr(failed_release, "_FAULTS", {})
    return found


def test_what_is_well_is_given_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(monkeypatch, 0)
    assert failed_release.observe(Project(tmp_path), long=False).healthy.status == 0
    assert found.words == [("--deadline", "60")] * 2


def test_without_anything_to_go_back_to_nothing_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(monkeypatch, 1)
    with pytest.raises(RuntimeError, match="the first release failed: error: it is not well"):
        failed_release.observe(Project(tmp_path), long=False)
    assert len(found.words) == 1
