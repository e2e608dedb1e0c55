"""The image that a release published: there, pulled, or not to be used, and why."""

from dataclasses import dataclass, field

from harness.console import log
from harness.docker import registry
from harness.docker.images import ImageFacts, inspect, platform
from harness.docker.registry import FORGET, Answer
from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = ["Lookup", "Published"]


@dataclass(frozen=True)
class Lookup:
    """What came of looking for the image.

    Attributes:
        image: The image, if it is on the engine now and fits.
        pulled: Whether it was pulled just now.
        problem: Why it cannot be used, in a few words; empty if it can.
        is_misnamed: Whether the name is what is wrong: the registry has nothing of it that fits.
        hint: How to have the registry asked again, if it was not asked just now …
        ago: … and when it was asked.
    """

    image: ImageFacts | None = None
    pulled: bool = False
    problem: str = ""
    is_misnamed: bool = False
    hint: str = field(default="", compare=False)
    ago: str = field(default="", compare=False)


@dataclass(frozen=True)
class Published:
    """An image in a registry that others stand on.

    Attributes:
        engine: The engine that is to have it.
        reference: Its name.
        version_label: The label that it must carry to be known for what it is.
    """

    engine: Engine
    reference: str
    version_label: str

    def look_up(self) -> Lookup:
        """Return the image as its registry has it; what the engine has must do if that fails.

        The registry is asked at most every ten minutes, and given ten seconds.
        """
        answer = registry.ask(self.engine, self.reference)
        present = inspect(self.engine, self.reference)
        if present and answer.problem:
            log.note(self._instead(answer))
        if present and (answer.problem or present.has_digest(answer.digest)):
            return self._judge(present)
        misfit = self._misfit(answer.platforms)
        if answer.problem or misfit:
            return Lookup(
                problem=answer.problem or misfit,
                is_misnamed=bool(answer.denies or misfit),
                hint=answer.hint,
                ago=answer.ago,
            )
        return self._pull(present)

    def _instead(self, answer: Answer) -> str:
        if answer.ago and not answer.denies:  # all of it was said when it was found out
            away = f"registry away {answer.ago}"
            return f"{away}: using the image that is here (`{FORGET}` asks again)"
        return f"{self.reference}: {answer.problem}{answer.hint}; using the one that is here"

    def _pull(self, present: ImageFacts | None) -> Lookup:
        try:
            with log.step(f"pulling {self.reference}") as step:
                image = registry.pull(self.engine, self.reference, step.detail)
        except ImageError as error:
            found = self._judge(present) if present else Lookup()
            if not found.image:  # what is wrong with that one is not what is wrong with the name
                return Lookup(problem=error.message.removeprefix(f"{self.reference}: "))
            log.note(f"{error.message}; not pulled, using the one that is here")
            return found
        return self._judge(image, pulled=True)

    def _judge(self, image: ImageFacts, *, pulled: bool = False) -> Lookup:
        problem = self._misfit((image.platform,))
        if not problem and not image.labels.get(self.version_label):
            problem = f"it carries no label {self.version_label}, so its version is unknown"
        return Lookup(None if problem else image, pulled, problem, bool(problem))

    def _misfit(self, platforms: tuple[str, ...]) -> str:
        wanted = platform(self.engine)
        if not platforms or wanted in platforms:
            return ""
        return f"it is for {', '.join(platforms)}, and this engine runs {wanted}"
