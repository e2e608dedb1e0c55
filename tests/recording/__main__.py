"""`python -m tests.recording`: record a session with `harness dev`, and draw it for the README."""

import argparse
import sys
from pathlib import Path

from harness.fixtures.engine import engine
from tests.recording.cast import Cast
from tests.recording.picture import draw
from tests.recording.session import record

DOCS = Path(__file__).resolve().parents[2] / "docs"
CAST, PICTURE = DOCS / "harness-dev.cast", DOCS / "harness-dev.svg"


def main() -> int:
    """Record and draw, or only draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true", help="only draw what was recorded before")
    if not parser.parse_args().draw:
        with engine() as found:
            record(found).write(CAST)
    PICTURE.write_text(draw(Cast.read(CAST)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
