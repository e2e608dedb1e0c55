"""An image that is built from a checkout, unless it is there already."""

import socket
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.bases import StandIn
from harness.console import log
from harness.docker import buildx, inputs, registry
from harness.docker.build_trace import trace_of
from harness.docker.buildx import BuildResult, BuildSettings
from harness.docker.dockerfile import Dockerfile
from harness.docker.hits import remember
from harness.docker.images import (
    CHECKOUT,
    HOST,
    INPUTS,
    KIND,
    ImageFacts,
    inspect,
    remove,
    remove_orphans,
)
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.project import Project

__all__ = ["Built", "LocalBuild", "identity", "out_of_reach", "stand_ins", "to_be_made"]

_CONTEXT = "docker-image://"


@dataclass(frozen=True)
class Built:
    """An image that was built here, now or before.

    Attributes:
        reference: Its name on the engine.
        image: What the engine knows about it.
        stand_ins: The official images that were out of reach and replaced.
        result: How the build went; None if the image was there already.
    """

    reference: str
    image: ImageFacts
    stand_ins: tuple[str, ...] = ()
    result: BuildResult | None = None


@dataclass(frozen=True, kw_only=True)
class LocalBuild:
    """One image of a checkout.

    Attributes:
        project: The checkout.
        engine: Where the image is built, and is then.
        dockerfile: The file that says how.
        kind: What the image is, for its name: `core`, `dev`.
        target: The stage to build; the last one if empty.
        context: The directory that the build may take files from, relative to the checkout.
        instead: What to use instead of an image, by the name that the Dockerfile has for it.
        labels: What it is to say of itself besides; no part of what it is built from.
    """

    project: Project
    engine: Engine
    dockerfile: Path
    kind: str
    target: str = ""
    context: str = "."
    instead: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def ensure(self, build_args: Mapping[str, str] | None = None) -> Built:
        """Return the image; it is built if what it is built from has changed.

        Its name holds a digest of everything that it is built from, so that checkouts which differ
        do not take each other's image, and those that do not differ share one.

        Raises:
            ImageError: An image that it stands on cannot be had, or a step fails.
        """
        arguments = build_args or {}
        parsed = Dockerfile.read(self.dockerfile, arguments)
        replaced = stand_ins(self.engine, parsed, self.target, known=self.instead)
        contexts = {**replaced, **self._instead(parsed)}
        digest = self._digest(parsed, contexts, arguments)
        reference = f"{self.project.config.project.name}-harness/{self.kind}:{digest[:12]}"
        image, result = inspect(self.engine, reference), None
        if image is None or image.labels.get(INPUTS) != digest:
            settings = self._settings(reference, digest, contexts, parsed, arguments)
            image, result = self._build(settings)
        return Built(reference, image, tuple(replaced), result)

    @property
    def _directory(self) -> Path:
        return self.project.root / self.context

    def _instead(self, parsed: Dockerfile) -> dict[str, str]:
        named = parsed.images(self.target)
        return {it: _CONTEXT + by for it, by in self.instead.items() if it in named}

    def _build(self, settings: BuildSettings) -> tuple[ImageFacts, BuildResult]:
        with log.step(f"building {self.kind}") as step:
            result = buildx.build(self.engine, settings, on_progress=step.detail)
        # The production image shares stages with it, and then finds them done.
        remember(result.steps)
        image = inspect(self.engine, settings.tag)
        if image is None:
            raise ImageError(f"{settings.tag} was removed meanwhile", "run the command again")
        remove(self.engine, str(self.project.root), replaced_by=image)
        remove_orphans(self.engine)
        return image, result

    def _settings(
        self,
        reference: str,
        digest: str,
        contexts: Mapping[str, str],
        parsed: Dockerfile,
        arguments: Mapping[str, str],
    ) -> BuildSettings:
        revision = Revision.of(self.project.root)
        declared = parsed.arguments(self.target)
        known = {key: value for key, value in revision.build_args.items() if key in declared}
        return BuildSettings(
            context=self._directory,
            dockerfile=self.dockerfile,
            target=self.target,
            tag=reference,
            build_args={**known, **arguments},
            contexts=contexts,
            labels={
                **self.labels,
                INPUTS: digest,
                KIND: self.kind,
                CHECKOUT: str(self.project.root),
                HOST: socket.gethostname(),
            },
            epoch=revision.time,
            trace=trace_of(self.project, self.kind),
        )

    def _digest(
        self, parsed: Dockerfile, contexts: Mapping[str, str], arguments: Mapping[str, str]
    ) -> str:
        names = parsed.images(self.target)
        bases = {name: identity(self.engine, contexts.get(name, name)) for name in names}
        return inputs.digest(
            self._directory, parsed, self.target, bases=bases, build_args=arguments
        )


def identity(engine: Engine, image: str) -> str:
    """Say what an image, or a build context that is one, really is.

    Returns:
        Its id here, else its digest in the registry; empty where neither has it.
    """
    name = image.removeprefix(_CONTEXT)
    present = inspect(engine, name)
    return present.id if present else registry.ask(engine, name).digest


def stand_ins(
    engine: Engine, dockerfile: Dockerfile, target: str, *, known: Container[str] = ()
) -> dict[str, str]:
    """Return what to use instead of each image that is neither here, known, nor to be pulled.

    Raises:
        ImageError: There is no stand-in for one of them, or it cannot be made.
    """
    wanted = out_of_reach(engine, dockerfile, target, known)
    return {it: _CONTEXT + _stand_in(engine, it, problem) for it, problem in wanted.items()}


def to_be_made(engine: Engine, dockerfile: Dockerfile, target: str = "") -> list[str]:
    """Return the images of which `stand_ins` would have to make a stand-in, which takes minutes."""
    wanted = {it: StandIn.of(it) for it in out_of_reach(engine, dockerfile, target)}
    return [it for it, by in wanted.items() if by is None or inspect(engine, by.reference) is None]


def out_of_reach(
    engine: Engine, dockerfile: Dockerfile, target: str, known: Container[str] = ()
) -> dict[str, str]:
    """Return the images that are neither here, known, nor to be pulled, and why not."""
    images = [it for it in dockerfile.images(target) if it not in known]
    asked = {it: registry.ask(engine, it) for it in images if not inspect(engine, it)}
    return {it: said.problem + said.hint for it, said in asked.items() if said.problem}


def _stand_in(engine: Engine, image: str, problem: str) -> str:
    stand_in = StandIn.of(image)
    if stand_in is None:
        raise ImageError(
            f"{image}: {problem}, and there is no stand-in for it",
            f"`docker pull {image}` where the registry can be reached, or `docker load` it",
        )
    if inspect(engine, stand_in.reference) is None:
        log.note(f"{image}: {problem}; using a stand-in made from Debian's packages")
    return stand_in.provide(engine)
