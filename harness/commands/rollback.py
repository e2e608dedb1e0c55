"""`harness rollback`: an older release serves again, Worker and image together."""

from typing import Annotated

from typer import Argument

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options
from harness.cloudflare.rollback import rollback as go_back
from harness.cloudflare.target import Target
from harness.console import log
from harness.interrupt import interruptible
from harness.options import AsJson, Deadline, Environment, ProjectDir
from harness.project import Project

__all__ = ["rollback"]

Name = Annotated[
    str,
    Argument(
        metavar="[RELEASE]",
        help="Its name, Worker version or commit, or how they begin; else the one before.",
        show_default=False,
    ),
]


@interruptible()
def rollback(
    release: Name = "",
    *,
    environment: Environment = "",
    deadline: Deadline = 300,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Have an older release serve again, and ask whether it is well.

    Called twice it goes back two releases: it never comes forward again by itself. A release that
    was killed, or could not be asked, is taken back first; without a name no other is.
    """
    log.json_mode = json
    credentials = Credentials.of_environment()
    with Target.of(Project.find(project), credentials) as target:
        where = environment or target.environments[-1]
        target.settings(where)  # one that is none gets no record
        serving = go_back(target, Options((where,), deadline), release)
    log.emit(serving.model_dump())
    log.say(f"{where}: Worker {serving.version}, image {serving.image} serves again")
