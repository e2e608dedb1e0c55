"""Run a workflow as it stands, from an event, by act: on this machine, without containers.

act skips actions/checkout and copies the checkout for each job; for the other actions of GitHub's
there are stand-ins in `rehearsal/actions`. It runs what the jobs run, in the order of their graph;
it knows neither permissions nor environments nor concurrency, and asks no filter of the trigger.
It does not wait for a failing step's terminal to be read: what one printed in the instant before
its end may be missing (`HostEnvironment.exec` in act's pkg/container/host_environment.go).

Secrets are not masked in what the jobs print, so that it can be seen whether they print any: the
secrets must be made up.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import process
from harness.errors import ToolError
from harness.github.errors import BeyondModelError
from harness.github.workflow import Workflow
from harness.scratch import scratch

__all__ = ["PUSH", "SCHEDULE", "Acted", "Happening", "JobRun", "pull_request", "run"]

_MACHINE = "ubuntu-latest"
_ACTIONS = Path(__file__).parent / "rehearsal" / "actions"
_CHECKOUT = "actions/checkout@"
_NANOSECONDS = 1_000_000_000
_REPOSITORY = {"default_branch": "main"}


@dataclass(frozen=True)
class Happening:
    """What a workflow is run for: the event's name, and what its payload says."""

    name: str
    payload: Mapping[str, Any]


PUSH = Happening("push", {"ref": "refs/heads/main", "repository": _REPOSITORY})
"""A push of the checkout's commit to main."""

SCHEDULE = Happening("schedule", {"repository": _REPOSITORY})
"""GitHub's clock, on main."""


def pull_request(number: int, commit: str, repository: str) -> Happening:
    """Return the event of a pull request whose branch is in the repository itself.

    Args:
        number: The pull request's.
        commit: Its last one.
        repository: Owner and name.
    """
    head = {"ref": "change", "sha": commit, "repo": {"full_name": repository}}
    about = {"number": number, "head": head, "base": {"ref": "main"}}
    payload = {"number": number, "pull_request": about, "repository": _REPOSITORY}
    return Happening("pull_request", payload)


@dataclass(frozen=True)
class JobRun:
    """A job that ran.

    Attributes:
        result: `success` or `failure`.
        seconds: What its steps took.
        output: What they printed.
    """

    result: str
    seconds: float
    output: str


@dataclass(frozen=True)
class Acted:
    """A run of a workflow.

    Attributes:
        jobs: Those that ran, by name, in the order in which they ended.
        log: All that was said meanwhile, by the jobs and of them; secrets stand in it in clear.
    """

    jobs: Mapping[str, JobRun]
    log: str = field(default="", repr=False)

    @property
    def seconds(self) -> float:
        """What all of them took, one after another."""
        return sum(it.seconds for it in self.jobs.values())


def run(  # noqa: PLR0913 -- one for each thing that a runner is given
    workflow: Workflow,
    *,
    artifacts: Path,
    actor: str,
    secrets: Mapping[str, str],
    environment: Mapping[str, str],
    timeout: float,
    happening: Happening = PUSH,
) -> Acted:
    """Run a workflow on its checkout's commit.

    Args:
        workflow: The workflow; its checkout is a clean commit on main.
        artifacts: Where they are kept between jobs.
        actor: Whose push it is.
        secrets: What the secrets context holds; made-up values.
        environment: What the runner's own environment says.
        timeout: Seconds for all of it.
        happening: What it is run for.

    Raises:
        BeyondModelError: It uses an action that nothing stands in for.
        ToolError: act itself failed, or took too long.
    """
    with scratch("act") as place:
        _write_inputs(place, happening, secrets)
        variables = {
            **environment,
            "REHEARSED_ARTIFACTS": str(artifacts),
            "REHEARSED_PYTHON": sys.prefix,
        }
        command = [
            *(str(Path(sys.executable).with_name("act")), happening.name, "--json"),
            *("--workflows", workflow.name, "--eventpath", str(place / "event.json")),
            *("--platform", f"{_MACHINE}=-self-hosted", "--no-cache-server"),
            # act may give all jobs of a matrix the machine of one, so only ours is left in it.
            *("--matrix", f"machine:{_MACHINE}"),
            *("--secret-file", str(place / "secrets"), "--insecure-secrets", "--actor", actor),
            *("--action-cache-path", str(place / "cache"), "--env-file", "/dev/null"),
            *(word for it in _stand_ins(workflow) for word in ("--local-repository", it)),
            *(word for it in variables.items() for word in ("--env", "=".join(it))),
        ]
        return _acted(process.run(command, cwd=workflow.root, timeout=timeout, check=False))


def _acted(done: process.Completed) -> Acted:
    """Return what became of each job, from what act printed.

    Raises:
        ToolError: It ran none.
    """
    said = [it for it in map(_read, done.stdout.splitlines()) if it]
    found = dict(_jobs(said))
    if not found:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ToolError(f"act ran no job: {''.join(last)}")
    return Acted(found, "\n".join([*(str(it.get("msg", "")) for it in said), done.stderr]))


def _write_inputs(place: Path, happening: Happening, secrets: Mapping[str, str]) -> None:
    (place / "event.json").write_text(json.dumps(happening.payload), encoding="utf-8")
    (place / "secrets").touch(mode=0o600)
    lines = "".join(f"{key}={json.dumps(value)}\n" for key, value in secrets.items())
    (place / "secrets").write_text(lines, encoding="utf-8")


def _stand_ins(workflow: Workflow) -> Iterator[str]:
    used = {step.uses for job in workflow.all_jobs() for step in job.steps() if step.uses}
    for it in sorted(used):
        if it.startswith(("./", _CHECKOUT)):
            continue
        place = _ACTIONS / it.partition("@")[0].removeprefix("actions/")
        if not place.is_dir():
            raise BeyondModelError(f"the action {it}")
        yield f"{it}={place}"


def _jobs(lines: list[dict[str, Any]]) -> Iterator[tuple[str, JobRun]]:
    seconds: dict[str, float] = {}
    output: dict[str, list[str]] = {}
    for said in lines:
        job = str(said.get("jobID", ""))
        if said.get("raw_output"):
            output.setdefault(job, []).append(str(said["msg"]))
        # What is part of an action is told apart, and again with the action.
        if len(said.get("stepID", ())) == 1:
            took = float(said.get("executionTime", 0)) / _NANOSECONDS
            seconds[job] = seconds.get(job, 0) + took
        if said.get("jobResult"):
            text = "".join(output.get(job, ()))
            yield job, JobRun(str(said["jobResult"]), seconds.get(job, 0), text)


def _read(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
