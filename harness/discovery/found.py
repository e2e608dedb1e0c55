"""A name that was looked for."""

from dataclasses import dataclass

__all__ = ["Found"]


@dataclass(frozen=True)
class Found:
    """What became of one key of harness.toml that it does not set.

    Attributes:
        key: The key, for example "compose.service".
        value: What it is in this checkout; None where that cannot be told.
        place: The file that tells, relative to the checkout; empty where none does.
        looked_for: What was looked for, in words.
    """

    key: str
    value: str | None
    place: str
    looked_for: str

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.key}: not found; looked for {self.looked_for}"
        return f"{self.key}: {self.value} (from {self.place})"
