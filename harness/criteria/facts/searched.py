"""Images that were searched, by what they are: none of them is fetched from the engine again.

An image never changes, and a value that is made up after a search cannot be in what was searched
before. So what is known of an image holds for each later run, whose values are new.
"""

import json
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from harness import whole
from harness.criteria.facts.model import Facts
from harness.paths import cache_dir

__all__ = ["Searched", "once"]

_KEPT = 50
# How it is searched is a part of the name: a later harness may see more.
_FILE = "searched-images-2.json"


class Searched(Facts):
    """A build context or an image that was searched.

    Attributes:
        name: What was searched.
        bytes: How much of it there was.
        held: What it held: the file by its name, or a credential by its value.
        earlier: Whether it was searched before this run, and so before its values were made up.
    """

    name: str
    bytes: int
    held: tuple[str, ...]
    earlier: bool = False


def once(image: str, search: Callable[[], Searched]) -> Searched:
    """Search an image, or return what came of that on this machine before.

    Args:
        image: The digest of what the image is.
        search: Searches it for values that were made up in this run, and for the file by its name.
    """
    path = cache_dir() / _FILE
    found = _known(path).get(image)
    if found is not None:
        return found.model_copy(update={"earlier": True})
    searched = search()
    _keep(path, image, searched)
    return searched


def _known(path: Path) -> dict[str, Searched]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {image: Searched.model_validate(it) for image, it in known.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}  # it is searched again, at the price of time


def _keep(path: Path, image: str, searched: Searched) -> None:
    known = {**_known(path), image: searched}
    newest = list(known.items())[-_KEPT:]
    text = json.dumps({image: it.model_dump(mode="json") for image, it in newest}, indent=1)
    whole.replace(path, text)
