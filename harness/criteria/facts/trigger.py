"""What the deployment workflow does on pushes, evaluated by GitHub's own rules."""

from collections import defaultdict
from collections.abc import Iterator

from harness import tracked
from harness.criteria.facts.model import Facts
from harness.errors import HarnessError
from harness.github.errors import BeyondModelError
from harness.github.workflow import Workflow
from harness.github.workflow_events import Event, push, push_tag
from harness.github.workflow_expression import Unknown
from harness.github.workflow_release import Deployments, find
from harness.project import Project

__all__ = ["WANTED", "Folder", "Push", "TriggerFacts", "observe"]

WANTED = ("deploy", ".claude", "grimoires")
"""The directories whose change the PRD wants deployed."""

_INSIDE = ("x", "a/b/c.ts", ".hidden", "a b/ü.md", "[x]/y")
_OUTSIDE = (
    "README.md",
    "deployment/x",
    "src/deploy/x",
    "deploy.md",
    ".claude.json",
    "docs/grimoires/x",
    ".github/workflows/other.yml",
)
_BRANCHES = ("develop", "feature/main", "main-2", "release/1", "master", "mai")
_TAGS = ("v1.0.0", "main")


class Push(Facts):
    """A push.

    Attributes:
        ref: The full name of what is pushed.
        paths: The files that it changes.
        deploys: Whether it leads to a deployment; None where that cannot be told.
    """

    ref: str
    paths: tuple[str, ...]
    deploys: bool | None


class Folder(Facts):
    """What pushes to main that change one of the checkout's own files do.

    Attributes:
        name: The directory at the top; empty for the files at the top themselves.
        files: How many files are in it.
        deploying: The change of how many of them leads to a deployment.
    """

    name: str
    files: int
    deploying: int


class TriggerFacts(Facts):
    """What the deployment workflow does on pushes.

    Attributes:
        workflow: The file; empty where there is none, or none that is known to deploy.
        fault: Why GitHub would refuse it, or what was looked for; empty where it takes it.
        beyond: What it uses that cannot be evaluated from the checkout.
        pushes: Pushes that must lead to a deployment, and pushes that must not.
        folders: The checkout's own files, as far as what they do is known.
    """

    workflow: str
    fault: str
    beyond: tuple[str, ...]
    pushes: tuple[Push, ...]
    folders: tuple[Folder, ...]


def observe(project: Project) -> TriggerFacts:
    """Evaluate the workflow against pushes of each kind, and against each of the own files."""
    try:
        workflow = find(project.root)
        answers = _Answers(workflow)
        pushes = tuple(answers.push(event) for event in _events())
        folders = tuple(_folders(project, answers))
    except BeyondModelError as error:
        return _nothing(beyond=(error.feature,))
    except HarnessError as error:
        return _nothing(fault=str(error))
    beyond = tuple(sorted(answers.beyond))
    return TriggerFacts(
        workflow=workflow.name, fault="", beyond=beyond, pushes=pushes, folders=folders
    )


def _nothing(fault: str = "", beyond: tuple[str, ...] = ()) -> TriggerFacts:
    return TriggerFacts(workflow="", fault=fault, beyond=beyond, pushes=(), folders=())


class _Answers:
    """Evaluates, and remembers what could not be."""

    def __init__(self, workflow: Workflow) -> None:
        self._deployments = Deployments(workflow)
        self.beyond: set[str] = set()

    def push(self, event: Event) -> Push:
        return Push(ref=event.ref, paths=event.paths, deploys=self.deploys(event))

    def deploys(self, event: Event) -> bool | None:
        try:
            answer = self._deployments.on(event)
        except BeyondModelError as error:
            self.beyond.add(error.feature)
            return None
        if isinstance(answer, Unknown):
            self.beyond.add(answer.what)
            return None
        return answer


def _events() -> Iterator[Event]:
    for folder in WANTED:
        yield from (push("main", f"{folder}/{name}") for name in _INSIDE)
        yield push("main", *_OUTSIDE, f"{folder}/x")
        yield from (push(branch, f"{folder}/x") for branch in _BRANCHES)
    yield from (push("main", name) for name in _OUTSIDE)
    yield push("main", *_OUTSIDE)
    yield from (push_tag(tag) for tag in _TAGS)


def _folders(project: Project, answers: _Answers) -> Iterator[Folder]:
    found: dict[str, list[bool]] = defaultdict(list)
    for path in tracked.files(project.root):
        name = path.parts[0] if len(path.parts) > 1 else ""
        answer = answers.deploys(push("main", path.as_posix()))
        if answer is not None:
            found[name].append(answer)
    for name, deploying in sorted(found.items()):
        yield Folder(name=name, files=len(deploying), deploying=sum(deploying))
