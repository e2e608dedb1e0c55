from pathlib import Path

import pytest

from harness.criteria.facts.documented_commands import exposing
from harness.project import Project

NAMES = ("CLOUDFLARE_API_TOKEN", "OPENAI_API_KEY")

EXPOSING = (
    "CLOUDFLARE_API_TOKEN=abc make deploy-cf",
    "export OPENAI_API_KEY=sk-123",
    "env OPENAI_API_KEY=sk-123 make dev",
    'curl -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" https://example.org',
    "docker build --build-arg OPENAI_API_KEY .",
    "docker login --username me --password hunter2",
    "tool --api-key=abc",
)

FINE = (
    "CLOUDFLARE_API_TOKEN=$(pass show cloudflare) make deploy-cf",
    'export OPENAI_API_KEY="$(cat key)"',
    "docker login --username me --password-stdin < token",
    "harness status --token",
    "wrangler secret put CLOUDFLARE_API_TOKEN",
    "read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN",
    "OPENAI_API_KEY=sk-123",
)


def found(root: Path, text: str) -> list[str]:
    (root / "README.md").write_text(text, encoding="utf-8")
    return list(exposing(Project(root), NAMES))


@pytest.mark.parametrize("command", EXPOSING)
@pytest.mark.parametrize("form", ["`{}`", "```sh\n{}\n```\n", "Then:\n\n    {}\n"])
def test_a_command_that_takes_a_credential_is_found(
    tmp_path: Path, command: str, form: str
) -> None:
    assert found(tmp_path, form.format(command)) == [f"README.md: {command}"]


@pytest.mark.parametrize("command", FINE)
def test_one_that_takes_none_is_not(tmp_path: Path, command: str) -> None:
    assert not found(tmp_path, f"```sh\n{command}\n```\n")
