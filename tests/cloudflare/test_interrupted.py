"""Ctrl-C and SIGTERM: the way back begins, goes on whatever follows, and what is left is said."""

import signal
from collections.abc import Callable, Iterator

import pytest

from harness.cloudflare.record import Phase
from harness.cloudflare.target import Target
from harness.commands import deploy, recover, rollback
from harness.errors import ReleaseError
from harness.fixtures.made_up_account import made_up_account
from harness.interrupt import interruptible
from harness.project import Project
from tests.cloudflare.made_up import NEW, MadeUp, phase_of, release_of
from tests.conftest import REPOSITORY

TERM, INT = signal.SIGTERM, signal.SIGINT
BEFORE = MadeUp().served
LEFT = "warning: production: the way back is not done yet; run `harness recover`"


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    """Have a SIGTERM that nobody takes end nothing but the test."""

    def through(*_: object) -> None:
        raise AssertionError("SIGTERM came through")

    before = signal.signal(TERM, through)
    yield
    signal.signal(TERM, before)


def signalled(when: dict[str, signal.Signals], **how: object) -> MadeUp:
    """Return a Cloudflare at whose calls signals come, each of them once."""
    cloud, left = MadeUp(**how), dict(when)  # type: ignore[arg-type]

    def during(what: str) -> None:
        if what in left:
            signal.raise_signal(left.pop(what))

    cloud.during = during
    return cloud


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("first", [INT, TERM])
def test_a_sigterm_does_not_stop_the_way_back(first: signal.Signals) -> None:
    cloud = signalled({"put": first, "serve": TERM})
    with interruptible(), pytest.raises(KeyboardInterrupt):
        release_of(cloud).run(NEW)
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_the_first_one_does_not_either_once_an_ill_release_is_taken_back() -> None:
    cloud = signalled({"serve": TERM}, ill={NEW.image})
    with interruptible(), pytest.raises(ReleaseError, match="serves again, and is well"):
        release_of(cloud).run(NEW)
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_a_second_ctrl_c_stops_it_and_the_last_line_says_what_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud = signalled({"put": INT, "serve": INT})
    with interruptible(), pytest.raises(KeyboardInterrupt):
        release_of(cloud).run(NEW)
    assert phase_of(cloud) is Phase.RETURNING
    assert last_line(capsys) == LEFT
    release_of(cloud, "next").finish()
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_so_it_is_said_of_what_finishes_a_release(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = signalled({"put": INT, "serve": INT})
    with pytest.raises(KeyboardInterrupt):
        release_of(cloud).run(NEW)
    cloud.shares = (("v2", 100.0),)
    cloud.during = signalled({"serve": INT}).during
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt):
        release_of(cloud, "next").finish()
    assert last_line(capsys) == LEFT


@pytest.mark.parametrize(
    ("module", "name", "command"),
    [
        (deploy, "release", deploy.deploy),
        (rollback, "go_back", rollback.rollback),
        (recover, "finish", recover.recover),
    ],
    ids=["deploy", "rollback", "recover"],
)
def test_a_command_takes_sigterm_for_a_ctrl_c_from_its_first_step_on(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, command: Callable[..., None]
) -> None:
    def at_work(*_: object, **__: object) -> None:
        signal.raise_signal(TERM)

    monkeypatch.setattr(module, name, at_work)
    monkeypatch.setattr(Target, "url", lambda *_: "https://production")
    with made_up_account(Project(REPOSITORY)) as account:
        for variable, value in account.environment.items():
            monkeypatch.setenv(variable, value)
        with pytest.raises(KeyboardInterrupt):
            command(project=REPOSITORY)
