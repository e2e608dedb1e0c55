"""What a build may take from a directory."""

import shutil
from pathlib import Path

from harness import process
from harness.engine.model import Engine
from harness.scratch import scratch

__all__ = ["export"]


def export(engine: Engine, context: Path, dockerfile: Path, target: Path) -> None:
    """Write the files that a build by a Dockerfile may take into a directory.

    BuildKit itself decides which they are, by the ignore file that counts for that Dockerfile.

    Args:
        engine: Whose BuildKit decides.
        context: The directory that the build may take files from.
        dockerfile: The Dockerfile; nothing that it says is done.
        target: The directory that the files come into; it is made.

    Raises:
        ToolError: It fails.
    """
    with scratch("context") as place:
        copying = place / dockerfile.name
        copying.write_text("FROM scratch\nCOPY . /\n", encoding="ascii")
        ignoring = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        if ignoring.is_file():
            shutil.copy(ignoring, copying.with_name(ignoring.name))
        words = [str(engine.program), "buildx", "build", "--quiet", "--provenance=false"]
        words += ["--file", str(copying), "--output", f"type=local,dest={target}", str(context)]
        variables = {**engine.variables, "BUILDX_BUILDER": "default"}
        process.run(words, what="docker buildx", env=variables)
