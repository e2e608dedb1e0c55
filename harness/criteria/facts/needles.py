"""Made-up credentials in what is too large to be read at once."""

from collections.abc import Iterable, Mapping

from harness.criteria.facts.canary import Canaries

__all__ = ["found_in"]


def found_in(
    parts: Iterable[bytes], canaries: Canaries, more: Mapping[str, bytes]
) -> tuple[int, tuple[str, ...]]:
    """Search bytes that come in parts for values in clear, as files hold them.

    What lies across two parts is found too.

    Args:
        parts: The bytes.
        canaries: What to look for.
        more: What else to look for, by name.

    Returns:
        How many bytes there were, and the names of what was found.
    """
    size, found, kept = 0, dict[str, None](), b""
    marks = canaries.marks
    overlap = max(canaries.longest, *map(len, more.values()), 1)
    for part in parts:
        text = kept + part
        if any(mark in text for mark in marks):
            found |= dict.fromkeys(canaries.seen_in(text))
        found |= {name: None for name, needle in more.items() if needle in text}
        size, kept = size + len(part), text[-overlap:]
    return size, tuple(found)
