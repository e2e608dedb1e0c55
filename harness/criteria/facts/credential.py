"""Which credentials a project reads, and what its documents say of each."""

from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet

from harness import envfile, npm_scripts
from harness.criteria.facts.command_tries import commands
from harness.criteria.facts.entries import entries
from harness.criteria.facts.markdown import CODE
from harness.criteria.facts.model import Facts
from harness.criteria.facts.tables import Row, rows
from harness.errors import HarnessError
from harness.github.workflow import Workflow, workflows
from harness.github.workflow_secrets import uses
from harness.make import Makefile
from harness.project import Project

__all__ = ["CredentialFacts", "Entry", "Secret", "local_names", "observe"]

# Options of make whose next word is no target; those that may have a number have no other.
_WITH_VALUE = frozenset({"-f", "-I", "-o", "-W", "--file", "--include-dir", "--old-file"})
_OWN = frozenset({"GITHUB_TOKEN"})


class Entry(Facts):
    """How a credential is rotated, by one document.

    Attributes:
        document: The file.
        name: The credential.
        text: What it says; empty where it says nothing.
        absent: The commands in it that the checkout does not have.
    """

    document: str
    name: str
    text: str
    absent: tuple[str, ...]


class Secret(Facts):
    """What a document says of a secret of CI."""

    document: str
    name: str
    scope: str
    environment: str


class CredentialFacts(Facts):
    """The credentials of a project.

    Attributes:
        local: Those that its example of .env.local names.
        ci: Those that its workflows take from the secrets context, but for GitHub's own.
        workflows: How many workflows there are.
        beyond: Why those of a workflow are not known.
        rotation: The entries on rotation.
        scopes: The entries on scopes and environments.
    """

    local: tuple[str, ...]
    ci: tuple[str, ...]
    workflows: int
    beyond: tuple[str, ...]
    rotation: tuple[Entry, ...]
    scopes: tuple[Secret, ...]


def observe(project: Project) -> CredentialFacts:
    """Read the example, the workflows and the documents."""
    beyond: list[str] = []
    names = workflows(project.root)
    found = {name for it in names for name in _secrets(project, it, beyond)} - _OWN
    told = [*rows(project), *entries(project)]
    local = tuple(local_names(project))
    return CredentialFacts(
        local=local,
        ci=tuple(sorted(found)),
        workflows=len(names),
        beyond=tuple(beyond),
        rotation=tuple(_rotation(project, told)),
        scopes=tuple(_scopes(told, found.union(local))),
    )


def local_names(project: Project) -> Iterator[str]:
    """Yield the credentials that a project's example of .env.local names."""
    path = project.root / envfile.EXAMPLE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    yield from (name for name in envfile.names_in(text) if envfile.CREDENTIAL.search(name))


def _secrets(project: Project, name: str, beyond: list[str]) -> set[str]:
    try:
        workflow = Workflow.read(project.root, name)
        # One that is only called is given its secrets, under names of its own, by who calls it.
        is_called = set(workflow.triggers.events) == {"workflow_call"}
        return set() if is_called else {it.secret for it in uses(workflow)}
    except HarnessError as error:
        beyond.append(str(error))
        return set()


def _rotation(project: Project, told: Iterable[Row]) -> Iterator[Entry]:
    known: dict[str, bool] = {}
    for row in told:
        text = row.under("rotat", "renew")
        if text is not None:
            words = [it for it in CODE.findall(text) if _is_command(it)]
            for it in words:
                known.setdefault(it, _exists(project, it))
            absent = tuple(it for it in words if not known[it])
            for name in row.names:
                yield Entry(document=row.document, name=name, text=text, absent=absent)


def _scopes(told: Iterable[Row], known: AbstractSet[str]) -> Iterator[Secret]:
    for row in told:
        scope, environment = row.under("scope", "permission"), row.under("environment")
        if scope is not None and environment is not None:
            for name in row.names:
                # `R2` is a word too, where it does not stand as code.
                if row.is_code or "_" in name or name in known:
                    yield Secret(
                        document=row.document, name=name, scope=scope, environment=environment
                    )


def _is_command(text: str) -> bool:
    words = text.split()
    return npm_scripts.is_call(words) or (len(words) > 1 and words[0] in {"make", "harness"})


def _exists(project: Project, text: str) -> bool:
    """Whether a target, an npm script or a command of the harness is there; nothing is run."""
    if npm_scripts.is_call(text.split()):
        return bool(npm_scripts.called(text.split(), project.root))
    program, *words = text.split()
    if program == "make":
        return _has_targets(project, words)
    known = {it.name for it in commands()}
    return words[0] in known or " ".join(words[:2]) in known


def _has_targets(project: Project, words: Sequence[str]) -> bool:
    """Whether make knows each target of a command line; where it names none, the first one."""
    root, targets, rest = project.root, [], iter(words)
    for word in rest:
        if word in {"-C", "--directory"}:
            root /= next(rest, ".")
        elif word in _WITH_VALUE:
            next(rest, "")
        elif not (word.startswith("-") or "=" in word or word.isdecimal()):
            targets.append(word)
    makefile = Makefile(root)
    return root.is_dir() and all(map(makefile.has, targets))
