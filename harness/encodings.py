"""The forms in which a text stands in other texts: in clear, in a URL, in JSON, in base64."""

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

__all__ = ["forms"]

_ESCAPE = re.compile(r"%[0-9A-F]{2}")


def forms(text: str) -> tuple[str, ...]:
    """Return the text and its encoded forms, longest first.

    In base64 it looks different with what stands before it, in three ways; of each, what does not
    depend on the neighbours is returned.

    Example:
        >>> "%2F" in "".join(forms("a/b"))
        True
    """
    urls = {quote(text), quote(text, safe=""), quote_plus(text)}
    urls |= {_ESCAPE.sub(lambda it: it[0].lower(), url) for url in urls}
    found = {text, json.dumps(text)[1:-1], *urls, *_base64(text.encode())}
    return tuple(sorted(found, key=len, reverse=True))


def _base64(raw: bytes) -> Iterator[str]:
    yield base64.b64encode(raw).decode().rstrip("=")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # The first characters hold bits of what stands before, and the last one of what follows.
        begin, ends_whole = (0, 2, 3)[before], (before + len(raw)) % 3 == 0
        inner = encoded[begin:] if ends_whole else encoded[begin:-1]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")
