"""An edit of the sources, and the answer of the gateway in which it shows."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from harness.criteria.faults import UnobservableError
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = ["Probe"]

_LONGEST_ANSWER = 2.0
_PATIENCE = 30.0


class Probe:
    """The file that a check edits and the answer that changes with it, as harness.toml names them.

    Args:
        stack: A stack whose checkout may be edited.

    Raises:
        UnobservableError: The checkout has no such file.
    """

    def __init__(self, stack: Stack) -> None:
        settings = stack.project.config.probe
        self.path: Path = stack.project.root / settings.file
        self._url = settings.url
        # Each answer comes by a connection of its own: an old one may lead to an old gateway.
        self._client = httpx.Client(
            base_url=stack.gateway_url,
            timeout=_LONGEST_ANSWER,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )
        self._field = settings.field
        self._is_named = "url" in settings.model_fields_set
        if not self.path.is_file():
            raise UnobservableError(f"{settings.file} is not there: name another as probe.file")

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put the file back as it was in the end, whatever was written to it."""
        content = self.path.read_text(encoding="utf-8")
        try:
            yield
        finally:
            self.save(content)

    def edited(self) -> str:
        """Return the file's content with a comment that it has never had."""
        return f"{self.path.read_text(encoding='utf-8')}\n// probe {uuid.uuid4().hex}\n"

    def save(self, content: str) -> None:
        """Save the file as careful editors do: beside it, on the disk, and renamed."""
        draft = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}")
        with draft.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def answering(self) -> "Probe":
        """Return it, for checks that look at the answer.

        Raises:
            UnobservableError: harness.toml names no answer, and the usual one never comes.
        """
        if self._is_named:
            return self
        with suppress(PollTimeoutError):
            until(lambda: self.value() is not None, seconds=_PATIENCE, what="the usual answer")
            return self
        raise UnobservableError(
            f"{self._url} has no {self._field}, and harness.toml does not name the answer in which "
            "an edit shows: add probe.url and probe.field"
        )

    def value(self) -> str | None:
        """Return what the gateway answers now; None where it does not."""
        try:
            body = self._client.get(self._url).json()
        except (httpx.HTTPError, ValueError):
            return None
        value = body.get(self._field) if isinstance(body, dict) else None
        return None if value is None else str(value)

    def wait_for_other(self, before: str | None, *, seconds: float) -> str | None:
        """Return the first answer that is not the one before; None where none came in time."""

        def look() -> str | None:
            found = self.value()
            return found if found != before else None

        try:
            return until(look, seconds=seconds, what="the gateway answers something else")
        except PollTimeoutError:
            return None
