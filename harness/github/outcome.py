"""How a run ended, told from the results of its jobs."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from harness.errors import ConfigError

__all__ = ["Jobs", "Outcome", "State", "outcome", "read"]


class State(StrEnum):
    """The states of a commit's status."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class JobResult(BaseModel):
    """What GitHub's `needs` context says of one job."""

    model_config = ConfigDict(frozen=True)

    result: Literal["success", "failure", "cancelled", "skipped"]
    outputs: dict[str, str] | None = None


Jobs = dict[str, JobResult]
"""The jobs that were waited for, by name."""

_JOBS = TypeAdapter(Jobs)

# What `harness recover` hands on; else what served before serves again.
_SERVES = {
    "new": "the new release serves all the same",
    "commit": "a release of this commit serves, and was found well",
}


class Outcome(BaseModel):
    """How a run ended.

    Attributes:
        state: The commit's status.
        sentence: That in one line.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    sentence: str


def read(text: str) -> Jobs:
    """Read `toJSON(needs)`.

    Raises:
        ConfigError: It is something else.
    """
    try:
        return _JOBS.validate_json(text)
    except ValidationError as error:
        raise ConfigError(
            "NEEDS does not hold the results of jobs", "set it to ${{ toJSON(needs) }}"
        ) from error


def outcome(jobs: Jobs, recovery: str = "") -> Outcome:
    """Conclude from the jobs' results.

    Args:
        jobs: All that were waited for.
        recovery: The job that runs only when others failed, and puts back what they changed.
    """
    wanted = {name: it.result for name, it in jobs.items() if name != recovery}
    failed = _named(wanted, "failure")
    stopped = _named(wanted, "cancelled")
    if failed or stopped:
        what = f"{failed} failed" if failed else f"{stopped} was stopped"
        state = State.FAILURE if failed else State.ERROR
        return Outcome(state=state, sentence=f"{what}{_after(jobs, recovery)}")
    missing = _named(wanted, "skipped")
    if missing or not wanted:
        return Outcome(state=State.ERROR, sentence=f"{missing or 'no job'} did not run")
    return Outcome(state=State.SUCCESS, sentence=f"{_named(wanted, 'success')} passed")


def _named(results: Mapping[str, str], result: str) -> str:
    return " and ".join(name for name, it in results.items() if it == result)


def _after(jobs: Jobs, recovery: str) -> str:
    if recovery not in jobs:
        return ""
    serves = (jobs[recovery].outputs or {}).get("serves", "")
    if serves in _SERVES:
        return f"; {_SERVES[serves]}"
    return {
        "success": "; what served before serves again",
        "skipped": "; nothing was changed",
        "failure": f", and so did {recovery}: look at what serves now",
        "cancelled": f", and {recovery} was stopped: look at what serves now",
    }[jobs[recovery].result]
