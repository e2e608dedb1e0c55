"""Draw a comparison again, and put it where it is shown.

python -m harness.benchmark .harness/evidence/…/save-to-live.json docs/benchmark docs/benchmark.md
"""

import sys
from pathlib import Path

from harness.benchmark.publish import NAME, insert, publish
from harness.benchmark.result import Comparison
from harness.console import log
from harness.errors import ExitStatus, HarnessError, UsageError


def main(arguments: list[str]) -> None:
    """Read RECORD, write its files into DIRECTORY, and its table into each DOCUMENT."""
    if len(arguments) < 2:  # noqa: PLR2004 -- record and directory
        raise UsageError("usage: python -m harness.benchmark RECORD DIRECTORY [DOCUMENT...]")
    record, directory, *documents = map(Path, arguments)
    found = Comparison.model_validate_json(record.read_bytes())
    publish(found, directory)
    table = (directory / f"{NAME}.md").read_text(encoding="utf-8")
    insert(table, documents)
    log.note(f"wrote {directory}/{NAME}.json, .md and .svg")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except HarnessError as error:
        log.error(error)
        sys.exit(ExitStatus.FAILED)
