"""FR-1: docker-compose.dev.yml for local development."""

import pytest

from harness.criteria.facts import base_use, compose, dev_mode, mount, port
from harness.criteria.judge import compose as judge
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("FR-1.1")
def test_sources_are_mounted(check: Check, stack: AcceptanceStack) -> None:
    """What is written on the host is read in the container at once; .claude is read only."""
    check(judge.mounts, mount.observe(stack))


@pytest.mark.criterion("FR-1.2")
def test_the_published_image_saves_the_build(
    check: Check, stack: AcceptanceStack, project: Project
) -> None:
    """Where the published image is there, nothing of Rust or Python is built."""
    check(judge.base_use, base_use.observe(stack, project))


@pytest.mark.criterion("FR-1.3")
def test_memory_is_limited(check: Check, stack: AcceptanceStack) -> None:
    """Memory, and memory with swap, are limited in the resolved model and on the engine."""
    check(judge.memory_limit, compose.observe(stack))


@pytest.mark.criterion("FR-1.4")
def test_both_ports_answer_on_loopback_only(check: Check, stack: AcceptanceStack) -> None:
    """Health answers JSON, the gateway HTTP and WebSocket, and nobody else reaches them."""
    check(judge.ports, port.observe(stack))


@pytest.mark.slow
@pytest.mark.criterion("FR-1.5")
def test_dev_mode_decides_about_recovery(check: Check, stack: AcceptanceStack) -> None:
    """1 skips recovery, 0 runs it, and unset leaves it to the start script."""
    check(judge.dev_mode, dev_mode.observe(stack))
