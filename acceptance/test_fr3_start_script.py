"""FR-3: deploy/start-loa-dev.sh for hot reload."""

import pytest

from harness.criteria.facts.dev_start import DevStartFacts
from harness.criteria.facts.reload import ReloadFacts
from harness.criteria.judge import reload as judge
from harness.pytest.check import Check


@pytest.mark.criterion("FR-3.1")
def test_the_script_sets_dev_mode(check: Check, dev_start: DevStartFacts) -> None:
    """With the variable unset everywhere else, the gateway has it and recovery does not run."""
    check(judge.dev_mode_is_set, dev_start)


@pytest.mark.slow
@pytest.mark.criterion("FR-3.2")
def test_every_kind_of_save_is_noticed(check: Check, reloads: ReloadFacts) -> None:
    """Edit, replace, new file, new directory, rename, delete; another kind of file is not."""
    check(judge.watched, reloads)


@pytest.mark.slow
@pytest.mark.criterion("FR-3.3")
def test_a_change_restarts_the_gateway_once(check: Check, reloads: ReloadFacts) -> None:
    """A new process serves, the old one ends, bursts cost little, an error does not end it."""
    check(judge.restarted, reloads)


@pytest.mark.criterion("FR-3.4")
def test_the_gateway_is_verbose(check: Check, dev_start: DevStartFacts) -> None:
    """Its command line asks for it, and its log shows it."""
    check(judge.verbose, dev_start)


@pytest.mark.slow
@pytest.mark.criterion("FR-3.5")
def test_each_restart_is_logged(check: Check, reloads: ReloadFacts) -> None:
    """One line each: when, with the zone, and because of which file."""
    check(judge.logged, reloads)
