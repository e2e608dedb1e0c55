"""Every command with made-up credentials: what it prints, and what the process table shows."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain

from harness import envfile
from harness.criteria.facts.canary import RELEASE, Canaries
from harness.criteria.facts.checkout import fresh_copy
from harness.criteria.facts.command_lines import watched
from harness.criteria.facts.command_tries import OF_MAKE, TRIES, Place, Try, commands, untried
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.documented_commands import exposing
from harness.criteria.facts.model import Facts
from harness.docker.stack import Stack
from harness.errors import HarnessError, ToolError
from harness.fixtures.made_up_account import made_up_account
from harness.loaded import Loaded
from harness.process import Completed
from harness.project import Project

__all__ = ["CommandFacts", "CommandRun", "observe"]

_PATIENCE = 90.0
_AT_ONCE = 4
_REVEALING = "status --token"

# Nothing that is tried gets out of this machine.
_NOWHERE = {
    "CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:1/client/v4",
    "GITHUB_API_URL": "http://127.0.0.1:1",
    "GITHUB_ACTOR": "somebody",
    "GITHUB_REPOSITORY": "owner/name",
    "GITHUB_SHA": "0" * 40,
    "NEEDS": "{}",
}


class CommandRun(Facts):
    """One command that was tried.

    Attributes:
        command: It, and where it was tried.
        status: Its exit status; -1 where it did not end in time.
        told: The credentials that it printed.
    """

    command: str
    status: int
    told: tuple[str, ...]


class CommandFacts(Facts):
    """All that were tried.

    Attributes:
        credentials: The credentials that had made-up values.
        revealed: What the one command printed that prints a credential because it is asked to; so
            it is known that what is printed is seen.
        runs: The commands.
        untried: The commands that there are and that were not tried.
        caught: Whether a command line was seen that was there to be seen.
        shown: The command lines that held a credential: the program, and the credential's name.
        documented: Documented command lines that take a credential.
        options: Options of the harness that take one.
    """

    credentials: tuple[str, ...]
    revealed: tuple[str, ...]
    runs: tuple[CommandRun, ...]
    untried: tuple[str, ...]
    caught: bool
    shown: tuple[str, ...]
    documented: tuple[str, ...]
    options: tuple[str, ...]


def observe(stack: Stack, project: Project, harness: Loaded) -> CommandFacts:
    """Try each command, where it succeeds and where it fails, in plain form and in JSON.

    Args:
        stack: A stack of the checks' own, whose `.env.local` holds made-up values.
        project: The checkout.
        harness: What the commands are run by.
    """
    local = Canaries.made_up(RELEASE) | Canaries(envfile.secrets_of(stack.project.root))
    with _account(project) as account, _places(project, local) as places, watched() as lines:
        canaries = local | Canaries({name: account.get(name, "") for name in RELEASE})
        named = {name: canaries.values[name] for name in RELEASE}
        env = {**_NOWHERE, **account, **named}
        trial = _Trial(stack, harness, canaries, {**places, Place.STACK: stack.project}, env)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            tries = [*chain.from_iterable(TRIES.values()), *OF_MAKE]
            runs = tuple(pool.map(trial.run, tries))
        revealed = trial.run(Try(_REVEALING, Place.STACK)).told
    seen = [(line, canaries.seen_in(line)) for line in lines]
    return CommandFacts(
        credentials=canaries.names,
        revealed=revealed,
        runs=runs,
        untried=tuple(untried()),
        caught=any(bytes(harness.socket) in line for line in lines),
        shown=tuple(sorted(f"{_program(it)}: {', '.join(names)}" for it, names in seen if names)),
        documented=tuple(exposing(project, canaries.names)),
        options=tuple(it.takes_credential for it in commands() if it.takes_credential),
    )


@dataclass(frozen=True)
class _Trial:
    stack: Stack
    harness: Loaded
    canaries: Canaries
    places: Mapping[Place, Project]
    env: Mapping[str, str]

    def run(self, it: Try) -> CommandRun:
        """Run one to its end."""
        try:
            done = self._run(it)
        except ToolError:
            return CommandRun(command=f"{it.words} ({it.place})", status=-1, told=())
        told = self.canaries.seen_in(done.stdout + done.stderr)
        return CommandRun(command=f"{it.words} ({it.place})", status=done.status, told=told)

    def _run(self, it: Try) -> Completed:
        developer = Developer(self.places[it.place], self.stack.engine)
        words = it.words.format(url=self.stack.health_url).split()
        if words[0] == "make":
            command = [*it.around, *developer.make(words[1])]
            return developer.run(command, seconds=_PATIENCE, env=self.env)
        # Which checkout is meant is told by the directory; not every command takes one.
        environment = {**developer.environment, **self.env}
        root = developer.project.root
        return self.harness.run(words, cwd=root, env=environment, timeout=_PATIENCE)


@contextmanager
def _account(project: Project) -> Iterator[Mapping[str, str]]:
    """Hand over what leads a release to a Cloudflare of this machine, if there are releases."""
    with ExitStack() as kept:
        try:
            variables = kept.enter_context(made_up_account(project)).environment
        except HarnessError:  # it says nowhere what it would deploy
            variables = {}
        # The token of the gateway is the one of `.env.local`.
        yield {name: it for name, it in variables.items() if name != envfile.TOKEN}


@contextmanager
def _places(project: Project, canaries: Canaries) -> Iterator[dict[Place, Project]]:
    """Hand over two copies in which commands fail."""
    local = {name: it for name, it in canaries.values.items() if name not in RELEASE}
    lines = [f"{name}={value}" for name, value in local.items()]
    with fresh_copy(project) as unreadable, fresh_copy(project) as broken:
        # A name without its value would be an error of its own; here the value is on no right line.
        mangled = [it.replace("=", " ", 1) for it in lines]
        _write(unreadable, mangled)
        _write(broken, lines)
        with (broken.root / project.config.compose.file).open("a", encoding="utf-8") as file:
            file.write("\n  ]: no YAML\n")
        yield {Place.UNREADABLE: unreadable, Place.BROKEN: broken}


def _write(copy: Project, lines: list[str]) -> None:
    path = copy.root / envfile.FILE_NAME
    path.touch(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _program(line: bytes) -> str:
    return line.split(b"\0")[0].decode(errors="replace").rpartition("/")[2]
