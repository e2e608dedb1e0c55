"""G-3 and FR-6.4: layers that are built again when they must be, and only then."""

import pytest

from harness.criteria.facts import layer_cache, replay
from harness.criteria.facts.layer_cache import LayerCacheFacts
from harness.criteria.judge import layers as judge
from harness.engine.model import Engine
from harness.project import Project
from harness.pytest.check import Check

# Half an hour at first, some minutes later.
pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module", name="layers")
def _layers(project: Project, engine: Engine, shipped: str) -> LayerCacheFacts:  # noqa: ARG001 -- it fills the cache
    return layer_cache.observe(project, engine)


@pytest.mark.criterion("G-3.1")
def test_rust_is_compiled_once_a_month(check: Check, layers: LayerCacheFacts) -> None:
    """By its month and its inputs, and by no change of sources."""
    check(judge.rust_layer, layers)


@pytest.mark.criterion("G-3.2")
def test_python_is_installed_once_a_week(check: Check, layers: LayerCacheFacts) -> None:
    """By its week and its inputs, and by no change of sources."""
    check(judge.python_layer, layers)


@pytest.mark.criterion("G-3.3")
def test_a_change_of_sources_is_built_soon(check: Check, layers: LayerCacheFacts) -> None:
    """Only the last stage is, and the image holds the change."""
    check(judge.runtime_rebuild, layers)


@pytest.mark.criterion("FR-6.4")
def test_each_stage_has_its_key(check: Check, layers: LayerCacheFacts) -> None:
    """Another value builds that stage, and no other builder stage."""
    check(judge.cache_keys, layers)


@pytest.mark.usefixtures("shipped")
@pytest.mark.criterion("G-3.4")
def test_pull_requests_find_most_steps_done(check: Check, project: Project, engine: Engine) -> None:
    """Each kind of a real project's pull requests, built for real from the same state."""
    check(judge.hit_rate, replay.observe(project, engine))
