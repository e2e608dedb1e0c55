"""`harness sync`: have the files of a stack on another machine be those of the checkout."""

from dataclasses import asdict

from harness.console import log
from harness.fixtures.running import running_stack
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.remote.attached import linked

__all__ = ["sync"]

_NAMED = 5


def sync(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Copy what was saved to an engine that cannot mount the checkout, as `harness dev` does."""
    log.json_mode = json
    with running_stack(Project.find(project)) as stack, linked(stack) as compared:
        pass
    log.emit({"copied": asdict(compared) if compared else None})
    if compared is None:
        log.say("the container sees the checkout itself; there is nothing to copy")
        return
    # What differed was said when it was seen.
    log.say("all files are there as they are here")
    for path in compared.foreign[:_NAMED]:
        log.say(f"  made in the container, and kept: {path}")
    if len(compared.foreign) > _NAMED:
        log.say(f"  … and {len(compared.foreign) - _NAMED} more")
