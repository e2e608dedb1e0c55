"""What a Dockerfile says: its stages, what they stand on, and what they take from the context."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import WordSplitter

from harness.errors import ImageError, UsageError

__all__ = ["Dockerfile", "Instruction", "Stage"]

_NOTHING = "scratch"
_CHOICE = re.compile(r"\$\{(\w+)(:?)([-+])([^{}]*)\}")
_STEPS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


@dataclass(frozen=True)
class Instruction:
    """One instruction; `words` are those of its value, flags included.

    Attributes:
        name: In capitals.
        value: What follows the name.
        line: Where it begins, counted from zero.
    """

    name: str
    value: str
    line: int = 0

    @cached_property
    def words(self) -> list[str]:
        """The value as Docker splits it: flags first, then words or the elements of a JSON list."""
        flags = self._flags
        rest = " ".join(self.value.split(maxsplit=len(flags))[len(flags) :])
        if rest.startswith("["):
            # What is no list after all is words, for Docker too, such as a pattern.
            with suppress(ValueError):
                return [*flags, *json.loads(rest)]
        try:
            return [*flags, *shlex.split(rest)]
        except ValueError:  # a shell command that only a shell can split
            return [*flags, *rest.split()]

    def flag(self, name: str) -> list[str]:
        """Return every value of `--name=`."""
        prefix = f"--{name}="
        return [word.removeprefix(prefix) for word in self._flags if word.startswith(prefix)]

    @property
    def is_step(self) -> bool:
        """Whether a build has to carry it out, and may find it done."""
        return self.name in _STEPS

    @property
    def arguments(self) -> list[str]:
        """The words that are no flags."""
        return self.words[len(self._flags) :]

    @property
    def mounts(self) -> list[dict[str, str]]:
        """The fields of each `--mount=`."""
        fields = ([part.partition("=") for part in m.split(",")] for m in self.flag("mount"))
        return [{key: value for key, _, value in mount} for mount in fields]

    @cached_property
    def _flags(self) -> list[str]:
        flags = []
        for word in self.value.split():
            if not word.startswith("--"):
                break
            flags.append(word)
        return flags


@dataclass(frozen=True)
class Stage:
    """A stage: `base` is an image or an earlier stage, with build arguments filled in."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def origins(self) -> Iterator[str]:
        """Yield what the stage takes files from: images, stages and named contexts."""
        yield self.base
        for instruction in self.instructions:
            yield from instruction.flag("from")
            yield from (mount["from"] for mount in instruction.mounts if "from" in mount)

    def sources(self) -> Iterator[str]:
        """Yield the paths and patterns that the stage takes from the build context."""
        for instruction in self.instructions:
            if instruction.name in {"COPY", "ADD"} and not instruction.flag("from"):
                yield from instruction.arguments[:-1]
            for mount in instruction.mounts:
                if mount.get("type", "bind") == "bind" and "from" not in mount:
                    yield mount.get("source", mount.get("src", "."))


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile, read with the build arguments of one build.

    Attributes:
        path: Where it is.
        preamble: What stands before the first stage.
        stages: Its stages, in order.
    """

    path: Path
    preamble: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @classmethod
    def read(cls, path: Path, build_args: Mapping[str, str] | None = None) -> "Dockerfile":
        """Read a Dockerfile.

        Raises:
            ImageError: It cannot be read, has no stage, or one that stands on nothing.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ImageError(f"{path}: cannot be read ({error})", "restore it") from error
        entries = _instructions(content)
        starts = [number for number, entry in enumerate(entries) if entry.name == "FROM"]
        if not starts:
            raise ImageError(f"{path}: no FROM line, so there is nothing to build", "add one")
        preamble = entries[: starts[0]]
        values = _defaults(preamble, build_args or {})
        bounds = zip(starts, [*starts[1:], len(entries)], strict=True)
        found = (entries[start:end] for start, end in bounds)
        stages = [_stage(number, lines, values) for number, lines in enumerate(found)]
        for stage in stages:
            if not stage.base:
                message = f"{path}: stage {stage.name} stands on no image"
                raise ImageError(message, "name one, or give the ARG that names it a default")
        return cls(path, tuple(preamble), tuple(stages))

    def reached(self, target: str = "") -> list[Stage]:
        """Return the stages that a build of `target` (by default the last one) goes through.

        Raises:
            UsageError: There is no such stage.
        """
        found: dict[str, Stage] = {}
        wanted = [target or self.stages[-1].name]
        if not self._find(wanted[0]):
            names = ", ".join(stage.name for stage in self.stages)
            raise UsageError(f"{self.path}: no stage {target}", f"it has {names}")
        while wanted:
            stage = self._find(wanted.pop())
            if stage and stage.name not in found:
                found[stage.name] = stage
                wanted += stage.origins()
        return [stage for stage in self.stages if stage.name in found]

    def images(self, target: str = "") -> list[str]:
        """Return the images that a build of `target` has to have, as the file names them."""
        origins = [origin for stage in self.reached(target) for origin in stage.origins()]
        outside = [origin for origin in origins if origin != _NOTHING and not self._find(origin)]
        return list(dict.fromkeys(outside))

    def sources(self, target: str = "") -> list[str]:
        """Return the paths and patterns that a build of `target` takes from its context."""
        paths = [path for stage in self.reached(target) for path in stage.sources()]
        return list(dict.fromkeys(paths))

    def arguments(self, target: str = "") -> set[str]:
        """Return the build arguments that a build of `target` knows, apart from Docker's own."""
        stages = self.reached(target)
        entries = [entry for stage in stages for entry in stage.instructions]
        entries += self.preamble
        return {entry.value.partition("=")[0].strip() for entry in entries if entry.name == "ARG"}

    def _find(self, name: str) -> Stage | None:
        by_name = {stage.name: stage for stage in self.stages}
        by_number = {str(number): stage for number, stage in enumerate(self.stages)}
        return (by_number | by_name).get(name.lower())


def _instructions(content: bytes) -> list[Instruction]:
    # It reads bytes, whatever its type says.
    structure = DockerfileParser(fileobj=cast("IO[str]", BytesIO(content))).structure
    return [
        Instruction(entry["instruction"].upper(), entry["value"], entry["startline"])
        for entry in structure
        if entry["instruction"] != "COMMENT"
    ]


def _stage(number: int, entries: Sequence[Instruction], values: Mapping[str, str]) -> Stage:
    base, *name = entries[0].arguments or [""]
    return Stage(
        name=name[1].lower() if len(name) > 1 else str(number),
        base=_filled_in(base, values),
        instructions=tuple(entries[1:]),
    )


def _defaults(instructions: Sequence[Instruction], build_args: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for entry in instructions:
        if entry.name == "ARG":
            name, given, default = (it.strip() for it in entry.value.partition("="))
            if given or name in build_args:
                values[name] = _filled_in(build_args.get(name, default), values)
    return values


def _filled_in(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of variables; the parser itself knows no `${NAME:-otherwise}`."""

    def choose(found: re.Match[str]) -> str:
        name, colon, sign, other = found.groups()
        value = values.get(name)
        there = bool(value) if colon else value is not None
        if sign == "+":
            return other if there else ""
        return f"${{{name}}}" if there else other

    return WordSplitter(_CHOICE.sub(choose, text), args=values).dequote()
