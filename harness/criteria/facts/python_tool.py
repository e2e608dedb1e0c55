"""What the Python stage installed, used in the production image without network."""

import json
from contextlib import suppress

from harness.criteria.facts.in_image import Ran, run
from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.engine.model import Engine

__all__ = ["PythonToolFacts", "observe"]

# patchright talks to a program of its own, which has to start too; a browser is another matter.
_IMPORTS = """
import sentence_transformers, patchright
from patchright.sync_api import sync_playwright
with sync_playwright() as driver:
    print(driver.chromium.name)
"""
_SENTENCES = (
    "A cat sleeps on the sofa.",
    "A kitten naps on the couch.",
    "The treaty was signed in the autumn.",
)
# A model of sentence-transformers is a directory with this file; where, is the image's affair.
_EMBED = """
import json, pathlib, sys
tops = map(pathlib.Path, ("/opt", "/usr", "/home", "/root", "/data", "/app", "/models"))
models = [it.parent for top in tops if top.is_dir() for it in top.rglob("modules.json")]
if not models:
    print(json.dumps({"model": None}))
    sys.exit()
from sentence_transformers import SentenceTransformer
vectors = SentenceTransformer(str(models[0]), device="cpu").encode(json.loads(sys.argv[1]))
near, far = (float((vectors[0] * it).sum()) for it in vectors[1:])
print(json.dumps({"model": models[0].name, "length": len(vectors[0]), "near": near, "far": far}))
"""


class PythonToolFacts(Facts):
    """What could be imported and computed.

    Attributes:
        imports: Both packages are imported, and patchright's own program starts.
        libraries: How many libraries of CUDA the image holds.
        embedding: The computing of three sentences' embeddings.
        model: The model that the image has for it; None where it has none.
        length: How many numbers an embedding has.
        near: The product of two embeddings that mean the same.
        far: The product of two that do not.
    """

    imports: Ran
    libraries: int
    embedding: Ran
    model: str | None
    length: int
    near: float
    far: float


def observe(engine: Engine, image: str) -> PythonToolFacts:
    """Import both, and compute embeddings with the model that the image has.

    Raises:
        UnobservableError: The image's files could not be counted.
    """
    embedding = run(engine, image, ["python3", "-c", _EMBED, json.dumps(_SENTENCES)])
    said = _last_object(embedding.said)
    look = "find / -xdev -name 'libcudart*' -o -xdev -name 'libcublas*' -o -xdev -name 'libcudnn*'"
    cuda = run(engine, image, ["sh", "-c", f"({look}) 2>/dev/null | wc -l"])
    return PythonToolFacts(
        imports=run(engine, image, ["python3", "-c", _IMPORTS]),
        libraries=_count(cuda),
        embedding=embedding,
        model=said.get("model"),
        length=said.get("length", 0),
        near=said.get("near", 0.0),
        far=said.get("far", 0.0),
    )


def _count(counted: Ran) -> int:
    """Return the number that a program printed.

    Raises:
        UnobservableError: It printed none, so nothing was counted.
    """
    if counted.status != 0 or not counted.said.isdecimal():
        raise UnobservableError(f"the image could not be searched for CUDA: {counted.said}")
    return int(counted.said)


def _last_object(text: str) -> dict[str, object]:
    with suppress(ValueError, IndexError):
        return dict(json.loads(text.splitlines()[-1]))
    return {}
