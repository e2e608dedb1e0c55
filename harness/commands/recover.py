"""`harness recover`: finish what a killed release left."""

from typing import Annotated

from typer import Option

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options, recover as finish, well_released
from harness.cloudflare.target import Target
from harness.console import log
from harness.docker.revision import Revision
from harness.github import outputs
from harness.interrupt import interruptible
from harness.options import AsJson, Deadline, ProjectDir
from harness.project import Project

__all__ = ["recover"]

Accept = Annotated[
    bool,
    Option("--accept", help="Take what serves now for right, and forget the unfinished release."),
]


@interruptible()
def recover(
    *,
    accept: Accept = False,
    deadline: Deadline = 60,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Finish the way back of a release that was killed; nothing happens if there is none.

    `harness deploy` begins with it. A workflow calls it in a job that always runs.
    """
    log.json_mode = json
    credentials = Credentials.of_environment()
    with Target.of(Project.find(project), credentials) as target:
        endings = finish(target, Options(target.environments, deadline), accept=accept)
        production = target.environments[-1]
        ours = "" if endings[production].said else _released(target, production)
    if ours or endings[production].is_new:
        outputs.write({"serves": "commit" if ours else "new"})
    said = {name: it.said or "nothing was left to do" for name, it in endings.items()}
    if ours:
        said[production] += f"; release {ours} of this commit serves"
    lines = [f"{name}: {it}" for name, it in said.items()]
    log.emit({"said": lines})
    for line in lines:
        log.say(line)


def _released(target: Target, environment: str) -> str:
    """Return the name of the release that serves, if it is of this commit; empty if it is not.

    A job may fail, or be cut off, after its release was found well: that is no reason to tell that
    what served before serves again.
    """
    found = well_released(target, environment)
    commit = Revision.of(target.project.root).commit
    return found.release if found and commit.startswith(found.commit) else ""
