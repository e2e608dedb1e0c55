"""FR-6: deploy/Dockerfile for production, in stages."""

import pytest

from harness.criteria.facts import framework, python_tool, rust_tool, size, stage_use
from harness.criteria.judge import runtime as judge
from harness.engine.model import Engine
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("FR-6.1", "FR-6.2")
def test_the_image_is_built_by_way_of_the_stages(check: Check, project: Project) -> None:
    """It takes files from those that the PRD names."""
    stages = stage_use.observe(project)
    check(judge.rust_stage, stages)
    check(judge.python_stage, stages)


@pytest.mark.slow
@pytest.mark.criterion("FR-6.1")
def test_the_rust_tools_run(check: Check, project: Project, engine: Engine, shipped: str) -> None:
    """ck searches the framework's documents, br keeps an issue."""
    check(judge.rust_tools, rust_tool.observe(project, engine, shipped))


@pytest.mark.slow
@pytest.mark.criterion("FR-6.2")
def test_the_python_packages_work(check: Check, engine: Engine, shipped: str) -> None:
    """Both import, and embeddings are computed without network."""
    check(judge.python_tools, python_tool.observe(engine, shipped))


@pytest.mark.slow
@pytest.mark.criterion("FR-6.3")
def test_the_gateway_serves_the_layer(
    check: Check, project: Project, engine: Engine, shipped: str
) -> None:
    """The image starts as production starts it, and the identity layer answers."""
    check(judge.framework, framework.observe(project, engine, shipped))


@pytest.mark.slow
@pytest.mark.criterion("FR-6.5")
def test_the_image_is_small(
    check: Check, engine: Engine, shipped: str, pytestconfig: pytest.Config
) -> None:
    """All its layers, on disk and compressed in a registry."""
    check(judge.size, size.observe(engine, shipped, patient=pytestconfig.getoption("--long")))
