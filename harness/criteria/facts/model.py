"""What all kinds of facts have in common: they can be written down and read again."""

import re
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from harness.criteria.as_json import as_json

__all__ = ["Facts"]


class Facts(BaseModel):
    """Facts of one kind; a subclass `MountFacts` is of the kind `mount`.

    Attributes:
        stand_ins: The services that a stand-in on this machine answered for. A verdict from such
            facts says so: it is not one about the real service.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    stand_ins: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def kind(cls) -> str:
        """Return the kind's name, for evidence and files."""
        words = re.findall(r"[A-Z][a-z0-9]*", cls.__name__.removesuffix("Facts"))
        return "_".join(words).lower()

    @classmethod
    def recorded(cls, directory: Path) -> Self:
        """Read facts that `record` wrote."""
        return cls.model_validate_json((directory / f"{cls.kind()}.json").read_bytes())

    def record(self, directory: Path) -> None:
        """Write the facts into a directory, for judging them again."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{self.kind()}.json").write_text(as_json(self), encoding="utf-8")
