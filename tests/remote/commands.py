"""`python -m tests.remote.commands WORD...`: the harness, but for where its images come from.

An engine without a network can neither pull nor build them; IMAGES names those that it has.
"""

import json
import os
from dataclasses import asdict

from harness import cli
from harness.fixtures import stack
from harness.fixtures.images import BaseImage, DevImage
from harness.fixtures.stack import Images

__all__ = ["told"]


def told(images: Images) -> str:
    """Return what IMAGES has to be."""
    return json.dumps(asdict(images))


class _Given(Images):
    """The images of whatever project."""

    @classmethod
    def of(cls, *_: object) -> Images:
        given = json.loads(os.environ["IMAGES"])
        return Images(BaseImage(**given["base"]), DevImage(**given["dev"]))


if __name__ == "__main__":
    setattr(stack, "Images", _Given)  # noqa: B010 -- it is another type
    cli.main()
