"""The record that BuildKit keeps of a build, read while it is written."""

import base64
import json
import re
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

__all__ = ["BuildRecord", "BuildStep"]

_STEP = re.compile(
    r"\[(?:(?P<platform>\w+/[\w/]+) +)?(?:(?P<stage>[\w.-]+) +)?"
    r"(?P<number>\d+)/(?P<of>\d+)\] (?P<what>.*)",
    re.DOTALL,
)
_KEPT_LINES = 200
_FIRST = "[internal] load build definition"
# A cache that is not there costs time, and ends no build.
_IMPORT = "importing cache manifest"


@dataclass
class BuildStep:
    """One vertex of the build.

    Attributes:
        name: As BuildKit calls it, `[stage 2/5] RUN …`.
        cached: Whether its result was there already.
        seconds: How long it ran, summed over every time that it was taken up.
        error: Why it failed; empty if it did not.
        output: The last lines that it printed.
        running: Whether it was begun and has not ended.
    """

    name: str
    cached: bool = False
    seconds: float = 0.0
    error: str = ""
    output: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    running: bool = False

    @property
    def stage(self) -> str:
        """The stage it belongs to; empty for the steps around the stages."""
        match = _STEP.match(self.name)
        return (match["stage"] or "") if match else ""

    @property
    def place(self) -> tuple[str, ...]:
        """What tells it from other steps: all of its name but how many its stage has.

        Another build of a longer stage calls the same step by another name.
        """
        match = _STEP.match(self.name)
        parts = (match["number"], match["what"]) if match else (self.name,)
        return (self.platform, self.stage, *parts)

    @property
    def platform(self) -> str:
        """The platform that it is carried out for, where a build is for several."""
        match = _STEP.match(self.name)
        return (match["platform"] or "") if match else ""

    @property
    def is_instruction(self) -> bool:
        """Whether it carries out an instruction of the Dockerfile, other than FROM."""
        match = _STEP.match(self.name)
        return bool(match) and not self.instruction.startswith(("FROM ", "LINK "))

    @property
    def is_command(self) -> bool:
        """Whether it is a RUN."""
        return self.instruction.startswith("RUN ")

    @property
    def where(self) -> str:
        """Its stage, and how far that has come; empty for the steps around the stages."""
        match = _STEP.match(self.name)
        return f"{self.stage} {match['number']}/{match['of']}: ".lstrip() if match else ""

    @property
    def instruction(self) -> str:
        """What it does, without mounts, on one line."""
        match = _STEP.match(self.name)
        text = match["what"] if match else self.name
        words = [word for word in text.split() if not word.startswith("--mount=")]
        return " ".join(words)


class BuildRecord:
    """Every step of a build, from the JSON that `--progress=rawjson` writes.

    BuildKit reports a vertex again and again as it changes, and may take it up more than once;
    buildx writes one JSON object after the other, over several lines or on one, and what it has
    to say at the end as plain text.
    """

    def __init__(self) -> None:
        self.text: list[str] = []
        self.doing = ""
        self._steps: dict[str, BuildStep] = {}
        self._intervals: dict[str, dict[str, float]] = {}
        self._unread: list[str] = []
        self._begun = ""

    @property
    def steps(self) -> list[BuildStep]:
        """The steps that carry out an instruction, in the order in which BuildKit named them.

        While another build runs that has a step in common with this one, BuildKit tells of the step
        twice, or only of its existence: what that build did is told with its times. What ran before
        this build began, and what never began, was found done by it; a step that is told twice is
        found done if it was so both times.
        """
        found: dict[tuple[str, ...], BuildStep] = {}
        for digest, step in self._steps.items():
            if step.is_instruction:
                seen = self._seen(digest, step)
                twin = found.get(step.place)
                found[step.place] = seen if twin is None or twin.cached else twin
        return list(found.values())

    def _seen(self, digest: str, step: BuildStep) -> BuildStep:
        starts = self._intervals.get(digest, {})
        if step.running:
            return step
        begun = _moment(self._begun) if self._begun else None
        before = begun is not None and all(_moment(it) < begun for it in starts)
        return replace(step, cached=True, seconds=0.0) if before else step

    @property
    def failed(self) -> BuildStep | None:
        """The step that failed, if one did; a cancelled one is not the one at fault."""
        found = (step for step in self._steps.values() if step.error)
        errors = [step for step in found if not step.name.startswith(_IMPORT)]
        own = [step for step in errors if "context canceled" not in step.error]
        return next(iter([*own, *errors]), None)

    @property
    def at_work(self) -> list[BuildStep]:
        """The commands that run just now and have printed something.

        BuildKit may also say of a step that it began and only then that it was found done.
        """
        steps = (it for it in self.steps if it.is_command and it.running and not it.cached)
        return [step for step in steps if step.output]

    def feed(self, line: str) -> None:
        """Take the next line that buildx printed."""
        if not self._unread and not line.startswith("{"):
            self.text.append(line)
            return
        self._unread.append(line)
        if line.startswith("}") or len(self._unread) == 1:
            self._read("\n".join(self._unread))

    def _read(self, text: str) -> None:
        try:
            status = json.loads(text)
        except ValueError:
            return
        self._unread.clear()
        for vertex in status.get("vertexes") or []:
            self._take_vertex(vertex)
        for entry in status.get("statuses") or []:
            self._take_status(entry)
        for entry in status.get("logs") or []:
            self._take_log(entry)

    def _take_vertex(self, vertex: dict[str, Any]) -> None:
        digest = vertex["digest"]
        step = self._steps.setdefault(digest, BuildStep(vertex["name"]))
        step.cached |= bool(vertex.get("cached"))
        step.error = vertex.get("error") or step.error
        started, completed = vertex.get("started"), vertex.get("completed")
        step.running = bool(started and not completed)
        if started and completed:
            intervals = self._intervals.setdefault(digest, {})
            intervals[started] = _seconds_between(started, completed)
            step.seconds = sum(intervals.values())
        elif started:
            if not self._begun and step.name.startswith(_FIRST):
                self._begun = started
            self.doing = f"{step.where}{step.instruction}"

    def _take_status(self, status: dict[str, Any]) -> None:
        step = self._steps.get(status.get("vertex", ""))
        if step and status.get("name"):
            self.doing = f"{step.where or step.instruction + ': '}{status['name']}"

    def _take_log(self, entry: dict[str, Any]) -> None:
        step = self._steps.get(entry.get("vertex", ""))
        if step is None:
            return
        lines = base64.b64decode(entry.get("data") or "").decode(errors="replace").splitlines()
        step.output.extend(line for line in lines if line.strip())
        if step.output:
            self.doing = f"{step.where}{step.output[-1].strip()}"


def _seconds_between(started: str, completed: str) -> float:
    return (_moment(completed) - _moment(started)).total_seconds()


def _moment(text: str) -> datetime:
    # BuildKit writes nanoseconds, and leaves trailing zeros away.
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text))
