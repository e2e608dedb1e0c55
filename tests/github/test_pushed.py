"""Pushes that fail at each job, under act: red, people are told, and what served before serves."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.cloudflare.rehearsal import Run
from harness.fixtures.pushes import Pushes
from harness.github.act import Acted

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.xdist_group("pushed"),
]

PULL_REQUEST = 7
LOCAL = """[[criterion]]
id = "X-1.1"
priority = "P0"
claim = "What is pushed is good."
proof = "read"
gate = "release"
observe = "it is asked"
"""
CHECK = """import pytest

@pytest.mark.criterion("X-1.1")
def test_it_is_good():
    assert False, "it is not good"
"""
FAILED = {"build": "success", "gate": "success", "deploy": "failure", "recover": "success"}


@pytest.fixture(scope="module")
def serving(pushed: Pushes) -> Mapping[str, str]:
    """Return what serves since a push that was well."""
    commit = pushed.commit()
    acted = pushed.push()
    assert set(results(acted).values()) == {"success"}, acted.log
    found = pushed.serving()
    assert (found["revision"], found["gateway"]) == (commit, "running")
    return found


@pytest.fixture(autouse=True)
def _no_faults(pushed: Pushes) -> Iterator[None]:
    yield
    pushed.account.cloud.faults.clear()


@contextmanager
def changed(path: Path, content: str) -> Iterator[None]:
    """Have a file hold something else, or be there at all, for one commit."""
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()
        if before is not None:
            path.write_text(before, encoding="utf-8")


def results(acted: Acted) -> dict[str, str]:
    return {name: it.result for name, it in acted.jobs.items()}


def told(pushed: Pushes, commit: str) -> tuple[str, str]:
    """Return the state and the line of a commit's only status; its comment says the same."""
    (status,) = pushed.github.state.statuses[commit]
    (comment,) = pushed.github.state.comments[PULL_REQUEST]
    assert comment["body"].splitlines()[1].endswith(f"deploy/cloudflare: {status['description']}")
    assert commit in comment["body"]
    return status["state"], status["description"]


def uploads(pushed: Pushes) -> int:
    """Count the versions of production's Worker that were taken so far."""
    return len(pushed.account.cloud.state.workers[pushed.account.worker].versions)


def pushing(pushed: Pushes) -> tuple[str, Acted]:
    commit = pushed.commit(pulls=[PULL_REQUEST])
    return commit, pushed.push()


def test_a_build_that_fails_changes_nothing(pushed: Pushes, serving: Mapping[str, str]) -> None:
    dockerfile = pushed.project.root / pushed.project.config.image.dockerfile
    text = dockerfile.read_text(encoding="utf-8")
    before = uploads(pushed)
    with changed(dockerfile, text.replace("COPY deploy/pushed /", "COPY deploy/not-there /")):
        commit, acted = pushing(pushed)
    assert results(acted) == {"build": "failure", "notify": "success"}
    assert "deploy/not-there" in acted.jobs["build"].output
    assert told(pushed, commit) == ("failure", "build failed; nothing was changed")
    assert not pushed.digest(commit)
    assert (uploads(pushed), pushed.serving()) == (before, serving)


def test_a_red_gate_changes_nothing(pushed: Pushes, serving: Mapping[str, str]) -> None:
    local = pushed.project.root / "acceptance/local"
    before = uploads(pushed)
    with changed(local / "criteria.toml", LOCAL), changed(local / "test_local.py", CHECK):
        commit, acted = pushing(pushed)
    assert results(acted) == {"build": "success", "gate": "failure", "notify": "success"}
    assert told(pushed, commit) == ("failure", "gate failed; nothing was changed")
    (comment,) = pushed.github.state.comments[PULL_REQUEST]
    assert "it is not good" in comment["body"]
    assert pushed.digest(commit)
    assert (uploads(pushed), pushed.serving()) == (before, serving)


def test_what_only_production_shows_is_taken_back(
    pushed: Pushes, serving: Mapping[str, str]
) -> None:
    commit = pushed.commit(pulls=[PULL_REQUEST])
    once_live(pushed, lambda: pushed.spoil(commit))
    acted = pushed.push()
    assert results(acted) == {**FAILED, "notify": "success"}
    assert "what served before serves again, and is well" in acted.jobs["deploy"].output
    line = "deploy failed; what served before serves again"
    assert told(pushed, commit) == ("failure", line)
    assert same(pushed, serving)


def test_a_job_that_is_killed_is_recovered_by_the_next_one(
    pushed: Pushes, serving: Mapping[str, str]
) -> None:
    commit = pushed.commit(pulls=[PULL_REQUEST])
    killed: list[int] = []
    once_live(pushed, lambda: killed.extend(_kill_release()))
    acted = pushed.push()
    assert len(killed) == 1
    assert results(acted) == {**FAILED, "notify": "success"}
    assert "what served before serves again" not in acted.jobs["deploy"].output
    assert "serves again" in acted.jobs["recover"].output
    line = "deploy failed; what served before serves again"
    assert told(pushed, commit) == ("failure", line)
    assert same(pushed, serving)


def once_live(pushed: Pushes, action: Callable[[], None]) -> None:
    """Do something as soon as production's new Worker is live."""
    pushed.account.cloud.faults.inject(f"PUT */scripts/{pushed.account.worker}", Run(action))


def same(pushed: Pushes, serving: Mapping[str, str]) -> bool:
    """Whether production is what it was, down to the version and the image."""
    (live,) = pushed.account.cloud.state.workers[pushed.account.worker].live()
    return pushed.serving() == serving and live[0].id == serving["version"]


def _kill_release() -> Iterator[int]:
    """Kill what this test has started and is releasing, without a warning."""
    for it in psutil.Process().children(recursive=True):
        words = it.cmdline()
        if "deploy" in words and any(Path(word).name == "harness" for word in words):
            it.kill()
            yield it.pid
