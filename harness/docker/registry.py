"""What a registry has, asked through the engine: its network and its logins are what counts."""

import json
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import requests
from docker.credentials import StoreError
from docker.errors import APIError

from harness.console import log
from harness.docker import followed
from harness.docker.images import ImageFacts, inspect
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.paths import cache_dir

__all__ = ["FORGET", "Answer", "ask", "forget", "pull"]

FORGET = "harness image forget"
"""The command that has registries asked again."""

_ANSWER_SECONDS = 10
_REMEMBERED_SECONDS = 600
_MINUTE = 60
_PULL_SECONDS = 600
_DENIED = "its registry does not give it"
# The SDK warns of a program for logins that is not there, and then says it once more in its error.
warnings.filterwarnings("ignore", message="docker-credential-")
_MISSING = ("manifest unknown", "not found", "denied", "unauthorized", "no such manifest")


@dataclass(frozen=True)
class Answer:
    """What a registry said about an image.

    Attributes:
        digest: Of the image, or of the index over its platforms; empty if it cannot be had.
        platforms: `linux/amd64` and the like.
        problem: Why it cannot be had, in a few words; empty if it can.
        age: How long ago it was asked, in seconds; 0 for just now.
    """

    digest: str = ""
    platforms: tuple[str, ...] = ()
    problem: str = ""
    age: float = field(default=0, compare=False)

    @property
    def denies(self) -> bool:
        """Whether the registry answered that it has no such image for us: the name may be wrong."""
        return self.problem.startswith(_DENIED)

    @property
    def hint(self) -> str:
        """What belongs behind a problem that was not found out just now: how to ask again."""
        return f", {self.ago} (`{FORGET}` has it asked again)" if self.ago else ""

    @property
    def ago(self) -> str:
        """When a problem was found out, in words; empty if it was just now."""
        if not self.problem or not self.age:
            return ""
        ago = f"{self.age / _MINUTE:.0f} min" if self.age >= _MINUTE else f"{self.age:.0f} s"
        return f"{ago} ago"


def forget() -> int:
    """Forget what all registries answered; return how many answers that were."""
    count = len(_answers())
    (cache_dir("registry") / "answers.json").unlink(missing_ok=True)
    return count


def ask(engine: Engine, reference: str) -> Answer:
    """Return what the image's registry says about it, within 10 s.

    The answer is remembered for ten minutes, per engine, so that a registry that does not answer
    costs its ten seconds once.
    """
    kept = _recall(engine, reference)
    if kept is None:
        kept = _ask(engine, reference)
        _remember(engine, reference, kept)
    return kept


def pull(
    engine: Engine, reference: str, on_progress: Callable[[str], None] = lambda _: None
) -> ImageFacts:
    """Pull an image.

    Raises:
        ImageError: The registry or the network ended it, or the disk is full.
    """
    with closing(engine.connected(_PULL_SECONDS)) as client:
        try:
            for line in client.api.pull(reference, stream=True, decode=True):
                _follow(reference, line, on_progress)
        except followed.ERRORS as error:
            advice = "try again, or build it here"
            raise ImageError(f"{reference}: {_words(error)}", advice) from error
    facts = inspect(engine, reference)
    if facts is None:
        raise ImageError(f"{reference}: pulled, but not there", "see `docker images`")
    return facts


def _follow(reference: str, line: dict[str, Any], on_progress: Callable[[str], None]) -> None:
    if "error" in line:
        full = "no space left on device" in line["error"].lower()
        what = "the disk is full" if full else line["error"]
        raise ImageError(f"{reference}: {what}", "free some space" if full else "try again")
    if line.get("status"):
        on_progress(f"{line['status']} {line.get('id', '')} {line.get('progress', '')}")


def _ask(engine: Engine, reference: str) -> Answer:
    with closing(engine.connected(_ANSWER_SECONDS)) as client:
        try:
            # Its stub has no types.
            said = client.api.inspect_distribution(reference)  # type: ignore[no-untyped-call]
        except followed.ERRORS as error:
            return Answer(problem=_problem(error))
    return Answer(said["Descriptor"]["digest"], tuple(_platforms(said)))


def _platforms(said: dict[str, Any]) -> Iterator[str]:
    for platform in said.get("Platforms") or []:
        name = f"{platform.get('os')}/{platform.get('architecture')}"
        if platform.get("os") not in {None, "", "unknown"}:  # attestations have none
            yield name


def _problem(error: Exception) -> str:
    words = _words(error)
    if isinstance(error.__cause__, StoreError):  # nobody was asked then
        return f"{words}; mend that, or take it out of docker's config.json"
    if isinstance(error, requests.Timeout):
        return f"its registry gives no answer within {_ANSWER_SECONDS} s"
    if any(sign in words.lower() for sign in _MISSING) and "no such host" not in words:
        return f"{_DENIED} ({words})"
    return f"its registry cannot be reached ({words})"


def _words(error: Exception) -> str:
    if isinstance(error.__cause__, StoreError):
        return " ".join(str(error.__cause__).split())
    text = (error.explanation if isinstance(error, APIError) else None) or str(error)
    # What comes before is the address that was asked, and the addresses of resolvers and sockets.
    return " ".join(str(text).split()).rpartition(": ")[2][:120]


def _recall(engine: Engine, reference: str) -> Answer | None:
    kept = _answers().get(_key(engine, reference))
    age = time.time() - kept["asked"] if kept else -1
    if not kept or not 0 <= age < _REMEMBERED_SECONDS:
        return None
    return Answer(kept["digest"], tuple(kept["platforms"]), kept["problem"], age)


def _remember(engine: Engine, reference: str, answer: Answer) -> None:
    now = time.time()
    fresh = {k: v for k, v in _answers().items() if now - v["asked"] < _REMEMBERED_SECONDS}
    fresh[_key(engine, reference)] = {
        "asked": now,
        "digest": answer.digest,
        "platforms": answer.platforms,
        "problem": answer.problem,
    }
    _store(fresh)


def _key(engine: Engine, reference: str) -> str:
    return f"{engine.host} {reference}"


def _answers() -> dict[str, dict[str, Any]]:
    try:
        answers = json.loads((cache_dir("registry") / "answers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return answers if isinstance(answers, dict) else {}


def _store(answers: dict[str, dict[str, Any]]) -> None:
    path = cache_dir("registry") / "answers.json"
    try:
        path.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        log.warn(f"{path}: {error}; the registry will be asked again next time")
