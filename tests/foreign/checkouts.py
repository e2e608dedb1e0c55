"""Small checkouts as other teams would lay them out, without harness.toml."""

from collections.abc import Mapping
from pathlib import Path

from harness.project import Project

__all__ = ["BELOW", "CALLING", "INCLUDING", "LAYOUTS", "OTHER_NAMES", "OVERRIDDEN", "checkout"]

OTHER_NAMES = {
    "compose.dev.yaml": """
services:
  redis: {image: "redis:8"}
  brain:
    build: {context: deploy, dockerfile: Dockerfile.development, target: "${STAGE:-work}"}
    ports:
      - {target: 3000, published: "${HEALTH:-3000}", host_ip: 127.0.0.1}
      - {target: 18789, published: "18789", host_ip: 127.0.0.1}
    mem_limit: 4g
    volumes:
      - ./packages/identity:/app/identity
      - state:/data
volumes: {state: }
""",
    "deploy/Dockerfile.development": (
        "ARG GATE=ghcr.io/team/gate:main\n"
        'from ${GATE} as Base\nRUN ["true"]\nFROM base AS work\nFROM scratch AS notes\n'
    ),
    "Dockerfile": "FROM rust:1 AS rust-builder\nFROM node:22 AS runtime\n",
    "packages/identity/src/scheduler.ts": "export {};\n",
    "packages/identity/node_modules/x/scheduler.ts": "export {};\n",
}
"""Another service name and file, a build in a directory below, stages spelled in both cases."""

BELOW = {
    "deploy/docker-compose.dev.yml": """
services:
  only:
    build: {context: .., dockerfile: deploy/Dockerfile.dev}
    ports: ["127.0.0.1:${PORT-18789}:${INNER:-18789}/tcp"]
    volumes:
      - {type: bind, source: ../deploy/loa-identity, target: /workspace/deploy/loa-identity}
""",
    "deploy/Dockerfile": "FROM node:22 AS core\nFROM core AS final\n",
    "deploy/Dockerfile.dev": "FROM ghcr.io/team/gate:main\nRUN true\n",
    "deploy/loa-identity/scheduler.ts": "export {};\n",
}
"""The compose file lies below, so its paths do too."""

OVERRIDDEN = {
    "docker-compose.yml": """
services:
  web: {image: "nginx:1", ports: ["8080:80"]}
  loa-gateway:
    build: {context: .}
    mem_limit: 2g
""",
    "docker-compose.override.yml": """
services:
  loa-gateway:
    build: {dockerfile: Dockerfile.dev}
    mem_limit: 4g
    ports: ["127.0.0.1:${MY_GATEWAY:-28789}:18789"]
    volumes: ["./deploy/loa-identity:/workspace/deploy/loa-identity"]
""",
    "Dockerfile": "FROM node:22 AS runtime\n",
    "Dockerfile.dev": "FROM ghcr.io/team/gate:main\n",
    "deploy/loa-identity/scheduler.ts": "export {};\n",
}
"""What development needs stands in the override that compose adds by itself."""

INCLUDING = {
    "Makefile": "COMPOSE = docker compose\ninclude make/*.mk\n",
    "make/dev.mk": """
.PHONY: dev dev-down
dev: .env.local ; $(COMPOSE) up --detach --build --wait
.env.local: ; umask 077 && touch $@
dev-%: ; $(COMPOSE) $*
""",
    "compose.yaml": """
services:
  mind:
    build: {context: ., dockerfile: docker/Dockerfile.dev}
    ports: ["127.0.0.1:3000:3000", "127.0.0.1:18789:18789"]
    volumes: ["./mind:/srv/mind:ro"]
    mem_limit: 4g
    memswap_limit: 4g
""",
    "docker/Dockerfile": """
FROM node:22-trixie-slim AS core
LABEL org.opencontainers.image.version=1
COPY docker/serve.mjs /srv/serve.mjs
CMD ["node", "/srv/serve.mjs"]
""",
    "docker/Dockerfile.dev": "FROM ghcr.io/team/mind:main\nENV MODE=development\n",
    "docker/serve.mjs": """
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const revision = () => readFileSync("/srv/mind/scheduler.ts", "utf8").match(/"(.*)"/)?.[1];
const serve = (port, answer) =>
  createServer((_, response) => response.end(JSON.stringify(answer()))).listen(port);
serve(3000, () => ({ status: "healthy" }));
serve(18789, () => ({ revision: revision() }));
process.on("SIGTERM", () => process.exit(0));
""",
    "mind/scheduler.ts": 'export const revision = "one";\n',
}
"""A Makefile that includes another, and a server of its own that is no gateway."""

CALLING = {
    ".github/workflows/ship.yml": """
on:
  push:
    branches: [main]
    paths: ["deploy/**", ".claude/**", "grimoires/**"]
permissions: {}
jobs:
  ship:
    uses: ./.github/workflows/release.yml
    permissions: {contents: read}
    secrets:
      token: ${{ secrets.CLOUDFLARE_API_TOKEN }}
""",
    ".github/workflows/release.yml": """
on:
  workflow_call:
    secrets: {token: {required: true}}
jobs:
  release:
    runs-on: ubuntu-latest
    timeout-minutes: 8
    steps:
      - run: npx wrangler deploy
        env: {CLOUDFLARE_API_TOKEN: "${{ secrets.token }}"}
""",
    ".github/workflows/test.yml": """
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps: [{run: "echo make deploy-cf"}]
""",
    "deploy/x.ts": "export {};\n",
}
"""A workflow that calls a reusable one, which does the work."""

LAYOUTS = {
    "other names": OTHER_NAMES,
    "below": BELOW,
    "overridden": OVERRIDDEN,
    "including": INCLUDING,
}


def checkout(root: Path, files: Mapping[str, str]) -> Project:
    """Write the files into a directory that git would take for a checkout."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".git").mkdir()
    return Project(root)
