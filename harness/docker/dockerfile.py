"""What a Dockerfile says: its stages, what they stand on, and what they take from the context."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from harness.docker import dockerfile_values as values
from harness.docker.dockerfile_text import entries, pairs
from harness.errors import ImageError, UsageError

__all__ = ["Dockerfile", "Instruction", "Stage"]

_NOTHING = "scratch"
_STEPS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


@dataclass(frozen=True)
class Instruction:
    """One instruction; `words` are those of its value, flags included.

    Attributes:
        name: In capitals.
        value: What follows the name.
        line: Where it begins, counted from zero.
        known: The variables that have a value there.
    """

    name: str
    value: str
    line: int = 0
    known: Mapping[str, str] = field(default_factory=dict, compare=False)

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
        """Yield the paths and patterns that the stage takes from the build context.

        One with a variable that the file does not tell is the directory above, so that no file is
        missing.
        """
        for it in self.instructions:
            yield from (values.known_part(source, it.known) for source in _sources(it))


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
        found = _instructions(content)
        starts = [number for number, entry in enumerate(found) if entry.name == "FROM"]
        if not starts:
            raise ImageError(f"{path}: no FROM line, so there is nothing to build", "add one")
        preamble = found[: starts[0]]
        bounds = zip(starts, [*starts[1:], len(found)], strict=True)
        stages = _stages([found[start:end] for start, end in bounds], preamble, build_args or {})
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
        return [self.stages[number] for number in self._numbers(target)]

    def images(self, target: str = "") -> list[str]:
        """Return the images that a build of `target` has to have, as the file names them."""
        outside = [
            origin
            for number in self._numbers(target)
            for origin in self.stages[number].origins()
            if origin != _NOTHING and self._number(origin, number) is None
        ]
        return list(dict.fromkeys(outside))

    def sources(self, target: str = "") -> list[str]:
        """Return the paths and patterns that a build of `target` takes from its context."""
        paths = [path for stage in self.reached(target) for path in stage.sources()]
        return list(dict.fromkeys(paths))

    def arguments(self, target: str = "") -> set[str]:
        """Return the build arguments that a build of `target` knows, apart from Docker's own."""
        stages = self.reached(target)
        lines = [line for stage in stages for line in stage.instructions]
        lines += self.preamble
        return {name for line in lines if line.name == "ARG" for name, _ in pairs(line.value)}

    def _numbers(self, target: str) -> list[int]:
        """Return the places of the stages that a build of `target` goes through."""
        count = len(self.stages)
        first = self._number(target, count) if target else count - 1
        if first is None:
            names = ", ".join(stage.name for stage in self.stages)
            raise UsageError(f"{self.path}: no stage {target}", f"it has {names}")
        found: set[int] = set()
        wanted = [first]
        while wanted:
            number = wanted.pop()
            if number not in found:
                found.add(number)
                origins = (self._number(it, number) for it in self.stages[number].origins())
                wanted += [it for it in origins if it is not None]
        return sorted(found)

    def _number(self, name: str, before: int) -> int | None:
        """Return which stage a name means to the one at `before`: a later one is none to it."""
        stages = self.stages[:before]
        by_name = {stage.name: number for number, stage in enumerate(stages)}
        by_number = {str(number): number for number in range(len(stages))}
        return (by_number | by_name).get(name.lower())


def _instructions(content: bytes) -> list[Instruction]:
    return [
        Instruction(entry["instruction"].upper(), entry["value"], entry["startline"])
        for entry in entries(content)
        if entry["instruction"] != "COMMENT"
    ]


def _stages(
    parts: Sequence[Sequence[Instruction]],
    preamble: Sequence[Instruction],
    build_args: Mapping[str, str],
) -> list[Stage]:
    declared = [it.value for it in preamble if it.name == "ARG"]
    common = values.before_stages(declared, build_args)
    stages: list[Stage] = []
    ends: dict[str, values.Known] = {}
    for number, (first, *rest) in enumerate(parts):
        base, *more = first.arguments or [""]
        base = values.filled_in(base, common)
        name = more[1].lower() if len(more) > 1 else str(number)
        # A stage knows what the one that it stands on knew at its end.
        known = ends.get(base.lower(), values.nothing())
        lines = []
        for line in rest:
            lines.append(replace(line, known=known))
            known = values.after(line.name, line.value, known, common, build_args)
        stages.append(Stage(name, base, tuple(lines)))
        ends[name] = known
    return stages


def _sources(instruction: Instruction) -> Iterator[str]:
    if instruction.name in {"COPY", "ADD"} and not instruction.flag("from"):
        yield from instruction.arguments[:-1]
    for mount in instruction.mounts:
        if mount.get("type", "bind") == "bind" and "from" not in mount:
            yield mount.get("source", mount.get("src", "."))
