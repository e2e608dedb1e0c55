"""Which mistakes are made in which files."""

from collections.abc import Iterator
from pathlib import Path

from tests.mutants.mutant import Mutant, Rule, made
from tests.mutants.rules import dockerfile, lines, nodes, shell, typescript

__all__ = ["FILES", "mutants"]

FILES: dict[str, tuple[Rule, ...]] = {
    "docker-compose.dev.yml": nodes.RULES,
    ".github/workflows/*.yml": nodes.RULES,
    ".github/actions/*/action.yml": nodes.RULES,
    "deploy/cloudflare/wrangler.jsonc": nodes.RULES,
    "deploy/cloudflare/package.json": nodes.RULES,
    "deploy/cloudflare/tsconfig.json": nodes.RULES,
    "deploy/gateway/clawdbot.json": nodes.RULES,
    "deploy/gateway/package.json": nodes.RULES,
    "deploy/tools/package.json": nodes.RULES,
    "deploy/loa-identity/package.json": nodes.RULES,
    "deploy/loa-identity/tsconfig.json": nodes.RULES,
    "deploy/loa-identity/clawdbot.plugin.json": nodes.RULES,
    "deploy/Dockerfile": dockerfile.RULES,
    "deploy/Dockerfile.dev": dockerfile.RULES,
    "deploy/start-loa.sh": shell.RULES,
    "deploy/start-loa-dev.sh": shell.RULES,
    "deploy/supervise.sh": shell.RULES,
    "deploy/lay-out.sh": shell.RULES,
    "deploy/gateway/run.sh": shell.RULES,
    "deploy/build/*.sh": shell.RULES,
    "deploy/rust/*.sh": shell.RULES,
    "deploy/python/*.sh": shell.RULES,
    "deploy/dev/entr.sh": shell.RULES,
    ".ci/run": shell.RULES,
    ".devcontainer/devcontainer.json": nodes.RULES,
    ".devcontainer/Dockerfile": dockerfile.RULES,
    ".devcontainer/entrypoint.sh": shell.RULES,
    "deploy/cloudflare/src/*.ts": typescript.RULES,
    "deploy/loa-identity/*.ts": typescript.RULES,
    "deploy/health/*.mjs": typescript.RULES,
    "deploy/dev/*.mjs": typescript.RULES,
    "deploy/dev/child/*.mjs": typescript.RULES,
    "deploy/dev/bundle/load.mjs": typescript.RULES,
    "harness.toml": lines.RULES,
    ".dockerignore": lines.RULES,
    ".gitignore": lines.RULES,
    ".env.local.example": lines.RULES,
    "Makefile": lines.MAKEFILE,
}
"""Patterns of files, and the rules for them."""

ONLY_IN_A_CONTAINER = frozenset(
    {
        "deploy/dev/reloader.mjs",  # binds the container's own ports; tests/start runs it
        "deploy/dev/child/modules.mjs",  # sorts what a real gateway has loaded
        "deploy/dev/child/diagnose.mjs",  # loads the layer with the gateway's own loader
    }
)
"""What no test loads without an image; so is deploy/dev/bundle/, but for load.mjs."""


def mutants(root: Path) -> Iterator[Mutant]:
    """Yield every mutant of a checkout, always in the same order."""
    for pattern, rules in FILES.items():
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).as_posix()
            if name in ONLY_IN_A_CONTAINER:
                continue
            seen: set[str] = {text}
            for rule in rules:
                for it in made(rule, name, text):
                    if it.text not in seen:
                        seen.add(it.text)
                        yield it
