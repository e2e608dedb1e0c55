import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from harness.encodings import forms

ESCAPE = re.compile("%..")
SECRET = 'canary/with+all "kinds" of ünusual signs?'

WAYS: dict[str, Callable[[str], str]] = {
    "in clear": str,
    "in a path": quote,
    "in a query": lambda it: quote(it, safe=""),
    "in a form": quote_plus,
    "in a query in lower case": lambda it: ESCAPE.sub(lambda of: of[0].lower(), quote(it, "")),
    "in JSON": json.dumps,
    "as a user's password": lambda it: base64.b64encode(f"user:{it}".encode()).decode(),
    "in a longer text": lambda it: base64.b64encode(f"xx{it}, and more".encode()).decode(),
    "in base64 for URLs": lambda it: base64.urlsafe_b64encode(f"{it}?".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_text_is_found_in_each_form(way: str) -> None:
    for length in range(8, len(SECRET)):
        secret = SECRET[:length]
        written = WAYS[way](secret)
        assert [it for it in forms(secret) if it in written], (secret, written)


def test_another_text_is_not() -> None:
    others = [base64.b64encode(f"user:{SECRET[1:]}".encode()).decode(), quote(SECRET[:-1])]
    assert not [it for it in forms(SECRET) for other in others if it in other]
