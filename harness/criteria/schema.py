"""The schema of evidence, for other programs; `python -m harness.criteria.schema` prints it."""

import json
import sys

from harness.criteria.evidence import Evidence

__all__ = ["schema"]


def schema() -> str:
    """Return the JSON schema of an evidence file, as docs/evidence.schema.json has it."""
    found = Evidence.model_json_schema(mode="serialization")
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
