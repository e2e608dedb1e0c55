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
    "make deploy-cf CLOUDFLARE_API_TOKEN=abc",
    "make deploy-cf CLOUDFLARE_API_TOKEN=$(pass show cloudflare)",
    "CLOUDFLARE_API_TOKEN=<your-token> make deploy-cf",
    "export CLOUDFLARE_API_TOKEN=<token>",
    'export CLOUDFLARE_API_TOKEN="<the token>"',
    "$ export CLOUDFLARE_API_TOKEN=abc",
    "me@here:~$ CLOUDFLARE_API_TOKEN=abc make deploy-cf",
    "sudo CLOUDFLARE_API_TOKEN=abc make deploy-cf",
    "docker run -e CLOUDFLARE_API_TOKEN=abc x",
    "docker run -eCLOUDFLARE_API_TOKEN=abc x",
    "docker run --env=CLOUDFLARE_API_TOKEN=$TOKEN x",
    "docker login -u x -p abc ghcr.io",
    "docker login -u x -pabc ghcr.io",
    "gh secret set CLOUDFLARE_API_TOKEN --body abc",
    "gh secret set CLOUDFLARE_API_TOKEN -babc",
    "echo abc | gh secret set CLOUDFLARE_API_TOKEN",
    "npx wrangler secret put OPENAI_API_KEY <<< abc",
    "echo <token> | docker login --username me --password-stdin",
    "echo CLOUDFLARE_API_TOKEN=abc >> .env.local",
    "set -gx CLOUDFLARE_API_TOKEN abc",
    "npx wrangler deploy --var CLOUDFLARE_API_TOKEN:abc",
    'curl -H "Authorization: Bearer <token>" https://example.org',
    "kubectl create secret generic x --from-literal=OPENAI_API_KEY=abc",
    "tool --secret abc",
    "--token abc",
    "docker run tool --secret abc",
    'make "CLOUDFLARE_API_TOKEN=$(pass show cloudflare)" deploy-cf',
    "npx wrangler login --api-token <API token (R2)>",
)

FINE = (
    "CLOUDFLARE_API_TOKEN=$(pass show cloudflare) make deploy-cf",
    'export OPENAI_API_KEY="$(cat key)"',
    "docker login --username me --password-stdin < token",
    "harness status --token",
    "wrangler secret put CLOUDFLARE_API_TOKEN",
    "read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN",
    "OPENAI_API_KEY=sk-123",
    "docker build --secret id=npm,env=CLOUDFLARE_API_TOKEN -f deploy/Dockerfile .",
    "docker buildx build --secret=id=npm,src=.npmrc .",
    "depot build --secret id=npm,src=.npmrc .",
    "docker service create --secret cloudflare x",
    "sudo podman run --secret cloudflare x",
    "docker run -e CLOUDFLARE_API_TOKEN x",
    "docker run -p 127.0.0.1:3000:3000 x",
    "make deploy-cf CLOUDFLARE_API_TOKEN=",
    "grep -q ^CLOUDFLARE_API_TOKEN=. .env.local",
    "grep -q 'CLOUDFLARE_API_TOKEN=.' .env.local",
    'echo "$CLOUDFLARE_API_TOKEN" | npx wrangler secret put CLOUDFLARE_API_TOKEN',
    "gh secret set CLOUDFLARE_API_TOKEN < token.txt",
    "gh auth login --with-token < token.txt",
    "op run --env-file=.env.local -- make dev",
    "set -x",
    'echo "$(pass show cloudflare)" | gh secret set CLOUDFLARE_API_TOKEN',
    "gh auth login --with-token <token.txt 2> /dev/null",
    'echo "CLOUDFLARE_API_TOKEN: it is missing"',
    "environment:\n  - OPENAI_API_KEY=sk-123",
    "vault login -method=oidc -path=team",
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
