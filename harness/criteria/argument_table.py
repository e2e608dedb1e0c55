"""The table of build arguments that the documents hold, made from the Dockerfiles' own comments."""

from harness.criteria.facts.stage_comment import Argument, observe
from harness.project import Project

__all__ = ["table"]

_HEAD = "| build argument | default | what it is |\n|---|---|---|\n"


def table(project: Project) -> str:
    """Return the table in Markdown, in the order of the Dockerfiles, with a newline at its end."""
    first: dict[str, Argument] = {}
    for it in observe(project).arguments:
        known = first.setdefault(it.name, it)
        if known.default is None:  # declared again where its value is used
            first[it.name] = it
    return _HEAD + "".join(map(_row, first.values()))


def _row(argument: Argument) -> str:
    default = f"`{argument.default}`" if argument.default else "none"
    comment = argument.comment.rstrip(".").replace("|", "\\|")
    return f"| `{argument.name}` | {default} | {comment} |\n"
