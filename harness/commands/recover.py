"""`harness recover`: finish what a killed release left."""

from typing import Annotated

from typer import Option

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options, recover as finish
from harness.cloudflare.target import Target
from harness.console import log
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
        production = endings[target.environments[-1]]
    if production.is_new:
        outputs.write({"serves": "new"})
    said = [f"{name}: {it.said or 'nothing was left to do'}" for name, it in endings.items()]
    log.emit({"said": said})
    for line in said:
        log.say(line)
