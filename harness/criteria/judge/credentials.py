"""NFR-4: credentials stay where they belong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.criteria.facts.command import CommandFacts
from harness.criteria.facts.credential_file import CredentialFileFacts
from harness.criteria.facts.deployed_trace import DeployedTraceFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.trace import TraceFacts
from harness.criteria.judge.base import NO_WORKFLOW, NOT_UP, judges
from harness.criteria.verdict import Judgement

__all__ = [
    "arguments",
    "deployed_logs",
    "life_shows_nothing",
    "life_tells_nothing",
    "logs",
    "output",
    "private_file",
    "stays_here",
]

_PRIVATE = 0o600
_PLACES = {
    "log": "the container's log",
    "history": "the images' history",
    "artifacts": "what is kept of a failure",
    "evidence": "the evidence",
    "report": "the report",
}
_DEPLOYED = {
    "worker": "the Worker's log",
    "jobs": "the jobs' log",
    "record": "the record of releases",
    "told": "what GitHub is told",
    "kept": "what the run kept",
}


@judges("NFR-4.1")
def private_file(facts: LifecycleFacts) -> Judgement:
    """The file that the first call makes is its owner's alone."""
    if facts.env_mode is None:
        if not facts.first.healthy:
            return Judgement.unverified(NOT_UP)
        return Judgement.of(["make dev makes no .env.local"])
    if facts.env_mode & ~_PRIVATE:
        return Judgement.of([f"others can get at .env.local: its mode is {facts.env_mode:04o}"])
    return Judgement.of()


@judges("NFR-4.1")
def stays_here(facts: CredentialFileFacts) -> Judgement:
    """Git ignores the file, and no build context and no image has got hold of it."""
    problems = [] if facts.ignored_by or not facts.git else ["git does not ignore .env.local"]
    problems += ["git tracks .env.local"] if facts.tracked else []
    searched = [*facts.contexts, *facts.images]
    problems += [f"{it.name} holds {', '.join(it.held)}" for it in searched if it.held]
    unknown = [f"{it.name} is empty" for it in searched if not it.bytes]
    unknown += [] if facts.contexts else ["no build context was found"]
    unknown += [] if facts.images else ["no image was found"]
    unknown += [] if facts.git else ["git knows nothing of the checkout"]
    return Judgement.of(problems, unknown=unknown)


@judges("NFR-4.4")
def output(facts: CommandFacts) -> Judgement:
    """No command prints a credential, but the one that is asked for it."""
    problems = [f"`{it.command}` prints {', '.join(it.told)}" for it in facts.runs if it.told]
    unknown = list(_without(facts.credentials, facts.untried))
    unknown += [f"`{it.command}` did not end" for it in facts.runs if it.status < 0]
    if not facts.revealed:
        unknown += ["what the commands print was not seen"]
    return Judgement.of(problems, unknown=unknown)


@judges("NFR-4.4")
def life_tells_nothing(facts: LifecycleFacts) -> Judgement:
    """Neither does `make dev`, `make dev-down` or `make dev-clean`."""
    told = [f"the environment's commands print {it}" for it in facts.told]
    return Judgement.of(told, unknown=_not_lived(facts))


@judges("NFR-4.5")
def arguments(facts: CommandFacts) -> Judgement:
    """No process had a credential in its command line, and no command line wants one."""
    problems = [f"a command line shows a credential: {it}" for it in facts.shown]
    problems += [f"documented: {it}" for it in facts.documented]
    problems += [f"an option takes a credential: {it}" for it in facts.options]
    unknown = list(_without(facts.credentials, facts.untried))
    unknown += [] if facts.caught else ["the command lines of processes were not seen"]
    return Judgement.of(problems, unknown=unknown)


@judges("NFR-4.5")
def life_shows_nothing(facts: LifecycleFacts) -> Judgement:
    """Neither had one of `make dev`, `make dev-down` or `make dev-clean`."""
    shown = [f"a command line shows {it} from make dev on" for it in facts.shown]
    return Judgement.of(shown, unknown=_not_lived(facts))


def _not_lived(facts: LifecycleFacts) -> list[str]:
    """Return why not all of the commands are known: those that end it were never called."""
    return [NOT_UP] if facts.clean is None else []


@judges("NFR-4.6")
def logs(facts: TraceFacts) -> Judgement:
    """What is kept holds no credential, after each has been used."""
    problems, unknown = _searched(_PLACES, facts.sizes, facts.found)
    return Judgement.of(problems, unknown=[*unknown, *_without(facts.credentials, ())])


@judges("NFR-4.6")
def deployed_logs(facts: DeployedTraceFacts) -> Judgement:
    """Nor does what a release leaves behind: the Worker's log, the jobs', the record."""
    if facts.beyond:
        return Judgement.unverified(f"uses {facts.beyond}")
    if not facts.workflow:
        return Judgement.unverified(NO_WORKFLOW)
    problems, unknown = _searched(_DEPLOYED, facts.sizes, facts.found)
    unknown += _without(facts.credentials, ())
    if not facts.served:
        unknown.append("the Worker was seen without a container that runs only")
    return Judgement.of(problems, unknown=unknown)


def _searched(
    places: Mapping[str, str], sizes: Mapping[str, int], found: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[str]]:
    """Return which places hold credentials, and of which nothing was seen."""
    held = [f"{places[place]} holds {', '.join(it)}" for place, it in found.items() if it]
    unseen = [f"nothing was seen of {it}" for key, it in places.items() if not sizes.get(key)]
    return held, unseen


def _without(credentials: Iterable[str], untried: Iterable[str]) -> Iterator[str]:
    """Yield why nothing can be said."""
    if not any(credentials):
        yield "the checkout names no credential"
    yield from (f"it was not tried: {name}" for name in untried)
