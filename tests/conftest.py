"""Fixtures that the harness's own tests share."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.engine import engine as an_engine
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parent.parent
_GROUP = re.compile(r"@[\w-]+$")
_NAMES = pytest.StashKey[set[str]]()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let --last-failed find tests of groups.

    xdist puts a test's group behind its name, but only after pytest has sorted out by name what it
    collects; so a failure of a group would be left out, and what is tried again could pass.
    """
    failed = _last_failed(config)
    names = {_GROUP.sub("", it) for it in failed} - set(failed)
    config.stash[_NAMES] = names
    failed.update(dict.fromkeys(names, True))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Forget the names without groups again, under which nothing is ever seen to pass."""
    failed = _last_failed(session.config)
    for name in session.config.stash.get(_NAMES, set()):
        failed.pop(name, None)


def _last_failed(config: pytest.Config) -> dict[str, bool]:
    """Return what pytest knows to have failed, to be changed; nothing without its cache."""
    plugin = config.pluginmanager.get_plugin("lfplugin")
    return {} if plugin is None else cast("dict[str, bool]", plugin.lastfailed)


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """An engine that answers."""
    with an_engine() as found:
        yield found


@pytest.fixture
def copy() -> Iterator[Project]:
    """A copy of this repository that a test may change."""
    with working_copy(Project(REPOSITORY)) as project:
        yield project
