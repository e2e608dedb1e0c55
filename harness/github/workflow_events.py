"""What happens in a repository that a workflow may be triggered by."""

from dataclasses import dataclass

__all__ = ["Event", "dispatch", "push", "push_tag"]

_HEADS, _TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        name: For example "push".
        ref: The full name of the branch or tag; empty where it is not known.
        paths: The files that differ, relative to the repository.
    """

    name: str
    ref: str
    paths: tuple[str, ...] = ()

    @property
    def is_tag(self) -> bool:
        """Whether a tag is what changed."""
        return self.ref.startswith(_TAGS)

    @property
    def ref_name(self) -> str:
        """The branch or tag without its namespace."""
        return self.ref.removeprefix(_TAGS if self.is_tag else _HEADS)

    def context(self) -> dict[str, str]:
        """Return what expressions see of it, by name; what is not in it is not known."""
        if not self.ref:
            return {"github.event_name": self.name}
        return {
            "github.event_name": self.name,
            "github.ref": self.ref,
            "github.ref_name": self.ref_name,
            "github.ref_type": "tag" if self.is_tag else "branch",
            "github.base_ref": "",
            "github.head_ref": "",
            "github.event.ref": self.ref,
        }


def push(branch: str, *paths: str) -> Event:
    """Return a push to a branch that changes these files."""
    return Event("push", f"{_HEADS}{branch}", paths)


def push_tag(tag: str) -> Event:
    """Return a push of a tag."""
    return Event("push", f"{_TAGS}{tag}")


def dispatch(branch: str) -> Event:
    """Return a start by hand."""
    return Event("workflow_dispatch", f"{_HEADS}{branch}")
