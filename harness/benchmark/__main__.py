"""Draw what a benchmark found again, and put it where it is shown.

python -m harness.benchmark RUN/save-to-live.json docs/benchmark docs/benchmark.md
python -m harness.benchmark RUN/figures.json docs/benchmark docs/benchmark.md README.md
python -m harness.benchmark RUN/naive.json docs/benchmark docs/image.md
"""

import sys
from pathlib import Path

from harness.benchmark.publish import MODELS, NAME, insert, publish
from harness.console import log
from harness.errors import ExitStatus, HarnessError, UsageError


def main(arguments: list[str]) -> None:
    """Read RECORD, write its files into DIRECTORY, and its table into each DOCUMENT."""
    if len(arguments) < 2:  # noqa: PLR2004 -- record and directory
        raise UsageError("usage: python -m harness.benchmark RECORD DIRECTORY [DOCUMENT...]")
    record, directory, *documents = map(Path, arguments)
    name = record.stem if record.stem in MODELS else NAME
    publish(MODELS[name].model_validate_json(record.read_bytes()), directory)
    insert(name, (directory / f"{name}.md").read_text(encoding="utf-8"), documents)
    log.note(f"wrote {directory}/{name}.json and what is drawn from it")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except HarnessError as error:
        log.error(error)
        sys.exit(ExitStatus.FAILED)
