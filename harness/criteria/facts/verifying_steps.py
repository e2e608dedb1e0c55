"""Which steps of a job verify an image: those that ask a registry, and those that judge the answer.

One may pull and another inspect, or one write down what a later one looks through.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from harness.github.workflow import Job, Step
from harness.github.workflow_calls import Ran, ran
from harness.github.workflow_release import may_deploy
from harness.github.workflow_shell import Command, commands

__all__ = ["asks", "is_judging", "programs", "verifying"]

_ASKS = re.compile(
    r"\bimage verify\b|\bmanifest inspect\b|\bimagetools inspect\b|\bskopeo\b.*\binspect\b"
    r"|\bcrane\b.*\b(config|digest|manifest|validate)\b"
    r"|\bregctl\b.*\b(image|manifest) (config|digest|get|head|inspect|manifest)\b"
    r"|\boras\b.*\b(manifest fetch|resolve)\b"
)
_PULLS = re.compile(r"\b(docker|nerdctl|podman) (image )?pull\b")
_INSPECTS = re.compile(r"\b(docker|nerdctl|podman) (image )?inspect\b")
# A registry's own interface, for a script in another language.
_REQUESTS = re.compile(r"\bv2\b.*\bmanifests\b")
# Programs that look at a text, and words of the shell; they reach nothing outside.
_LOOKING = frozenset(
    {"[", "[[", "]]", ":", "awk", "base64", "bash", "basename", "case", "cat", "cmp", "cut"}
    | {"date", "declare", "diff", "dirname", "done", "echo", "egrep", "esac", "exit", "export"}
    | {"expr", "false", "fgrep", "fi", "for", "grep", "head", "jq", "local", "node", "printf"}
    | {"python", "python3", "read", "readonly", "return", "sed", "set", "sh", "sort", "tail"}
    | {"test", "tr", "true", "uniq", "wc", "}"}
)
_BUILT_IN = frozenset({":", "command", "eval", "exec"})
_SET = re.compile(r"(?P<name>\w+)(?:=|<<)")
_OUTPUT = re.compile(r"-o|--output|--output-file")
_RUNNERS_OWN = re.compile(r"GITHUB_\w+|RUNNER_\w+")


def verifying(job: Job, root: Path) -> Iterator[Step]:
    """Yield a job's steps that verify an image, and those that read what one of them left.

    A step that deploys is among them only if it asks a registry itself.
    """
    pulling: list[Step] = []
    left: set[str] = set()
    for step in job.steps():
        texts = list(_texts(step, root))
        found: list[Step] = []
        if any(map(_ASKS.search, texts)):
            found = [step]
        elif any(map(_INSPECTS.search, texts)) and (pulling or any(map(_PULLS.search, texts))):
            found, pulling = [*pulling, step], []
        elif any(map(_PULLS.search, texts)):
            pulling.append(step)
        elif _reads(step, left) and not may_deploy(step, root):
            found = [step]
        for it in found:
            left |= set(_left(it))
        yield from found


def asks(step: Step, root: Path) -> bool:
    """Whether a step asks a registry, itself or by what it calls in the checkout."""
    return any(map(_ASKS.search, _texts(step, root)))


def programs(step: Step, root: Path) -> Iterator[str]:
    """Yield the programs by which a step asks a registry, or has a file of the checkout do it."""
    before = ""
    for it in ran(step.run, root, step.directory):
        if any(map(_ASKS.search, _text(it))):
            yield from {it.names[0] if it.names else before} - _BUILT_IN
        before = it.names[0] if it.names else before


def is_judging(step: Step, root: Path) -> bool:
    """Whether a step asks a registry, or does no more than to look at what it has."""
    return asks(step, root) or all(map(_is_looking, ran(step.run, root, step.directory)))


def _is_looking(it: Ran) -> bool:
    program = it.names[0] if it.names else ""
    if not program or program in _LOOKING or "/" in program:
        return True
    return any(pattern.search(text) for text in _text(it) for pattern in (_PULLS, _INSPECTS))


def _texts(step: Step, root: Path) -> Iterator[str]:
    for it in ran(step.run, root, step.directory):
        yield from _text(it)


def _text(it: Ran) -> Iterator[str]:
    """Yield what a command says, without options, or each line of a file in another language."""
    if it.names:
        yield " ".join(word for word in it.names if not word.startswith("-"))
    for line in it.text.splitlines():
        words = re.sub(r"\W+", " ", line)
        yield "manifest inspect" if _REQUESTS.search(words) else words


def _left(step: Step) -> Iterator[str]:
    """Yield patterns of what only those read who take up what a step left."""
    name = step.document.get("id")
    if name and "GITHUB_OUTPUT" in step.run:
        yield rf"\bsteps\.{re.escape(str(name))}\.outputs\b"
    for command in commands(step.run):
        targets = [word for sign, word in command.targets if ">" in sign]
        if any("GITHUB_ENV" in word.variables for word in targets):
            said = " ".join(it.text for it in command.words)
            yield from (rf"\b{it['name']}\b" for it in _SET.finditer(said))
        files = [it.text for it in targets] + list(_written(command))
        yield from (_of_file(it) for it in files if Path(it).name and not it.startswith("/dev/"))


def _written(command: Command) -> Iterator[str]:
    words = [it.text for it in command.words]
    if words[:1] == ["tee"]:
        yield from (it for it in words[1:] if not it.startswith("-"))
    for option, value in pairwise(words):
        if _OUTPUT.fullmatch(option):
            yield value


def _of_file(path: str) -> str:
    """Return a pattern of a file's name, or of the variable that has it."""
    name = Path(path).name
    if name.startswith("$"):
        variable = name.strip("${}")
        return r"(?!)" if _RUNNERS_OWN.fullmatch(variable) else rf"\b{re.escape(variable)}\b"
    return rf"(?<![\w.-]){re.escape(name)}(?![\w.-])"


def _reads(step: Step, left: set[str]) -> bool:
    told = json.dumps(dict(step.document), default=str, ensure_ascii=False)
    return bool(step.run) and any(re.search(it, told) for it in left)
