"""Whole checkouts as four other teams would have them; none knows of harness.toml.

Each does what the PRD asks for as far as that can be read, in its own way.
"""

__all__ = ["KINDS", "MONOREPO", "NPM", "OTHER_NAMES", "PODMAN"]

_LOADED = "export const revision = 1;\n"
_CONTENT = {".claude/rules.md": "x\n", "grimoires/notes.md": "x\n"}

OTHER_NAMES = {
    "compose.dev.yaml": """
services:
  cache: {image: "redis:8"}
  brain:
    build: {context: deploy, dockerfile: Dockerfile.development}
    ports: ["127.0.0.1:3000:3000", "127.0.0.1:18789:18789"]
    volumes: ["./deploy/identity:/app/identity"]
    mem_limit: 4g
""",
    "deploy/Dockerfile.development": """
# What to stand on.
ARG GATE=ghcr.io/team/gate:main
# base: the published image; rebuilt when that is.
FROM ${GATE} AS base
# tools: what restarts it. Rebuilt every month.
FROM base AS tools
RUN apt-get install entr
""",
    "deploy/Dockerfile": """
# all: what production runs, built again with each release.
FROM node:22 AS all
COPY identity /app/identity
""",
    "deploy/identity/scheduler.ts": _LOADED,
    "deploy/edge/wrangler.toml": """
name = "gate"
[[env.live.containers]]
class_name = "Gate"
instance_type = "standard-1"
""",
    ".env.local.example": "export TEAM_TOKEN=\nTEAM_NAME=us\n",
    ".github/workflows/live.yaml": """
on: {push: {branches: main, paths: [deploy/**, .claude/**, grimoires/**]}}
permissions: {contents: read}
jobs:
  live:
    runs-on: ubuntu-latest
    timeout-minutes: 9
    steps:
      - uses: cloudflare/wrangler-action@v3
        with: {apiToken: "${{ secrets.CF_TOKEN }}", command: deploy --env live}
""",
    "SECRETS.md": """
| Name | Permissions | Environment | Renewal |
|:--|:--|:--|:--|
| `CF_TOKEN` | Workers Scripts Edit | none | in the dashboard, every quarter |
| `TEAM_TOKEN` | the gateway | a laptop | write another one |
""",
    "docs/build.md": """
| ARG | default value | meaning |
|---|---|---|
| `GATE` | ghcr.io/team/gate:main | the base |
""",
    **_CONTENT,
}
"""Other names for all: service, files, stages, secrets; an action that deploys."""

NPM = {
    "package.json": """{
  "name": "mind",
  "scripts": {
    "dev": "docker compose up --build",
    "predeploy": "node deploy/check.mjs",
    "ship": "npm run deploy",
    "deploy": "cd deploy/worker && npx wrangler deploy --env production",
    "rotate": "node deploy/rotate.mjs"
  }
}
""",
    "compose.yaml": """
services:
  mind:
    build:
      context: .
      dockerfile: docker/Dockerfile.dev
      args: {MIND: "${MIND:-ghcr.io/team/mind:main}"}
    ports: ["127.0.0.1:3000:3000", "127.0.0.1:18789:18789"]
    volumes: ["./deploy/identity:/srv/identity"]
    mem_limit: 4g
    memswap_limit: 4g
""",
    "docker/Dockerfile": """
# The mind.

# Node's release.
ARG NODE=22
# core: the gateway; rebuilt whenever package-lock.json changes.
FROM node:${NODE}-slim AS core
# runtime: core with what we wrote.
# It is built anew for each commit.
FROM core AS runtime
COPY deploy/identity /srv/identity
""",
    "docker/Dockerfile.dev": """
# What development stands on.
ARG MIND=ghcr.io/team/mind:main
# dev: the published image with tsx. Rebuilt when the image is.
FROM ${MIND} AS dev
RUN npm install --global tsx
""",
    "deploy/identity/src/scheduler.ts": _LOADED,
    "deploy/worker/wrangler.jsonc": """{
  // one container
  "env": {"production": {"containers": [{"class_name": "Mind", "instance_type": "standard-1"}]}},
}
""",
    ".env.local.example": "ANTHROPIC_API_KEY=\n",
    ".github/workflows/ship.yml": """
name: Ship
on:
  push:
    branches: [main]
    paths: ["deploy/**", ".claude/**", "grimoires/**"]
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 4
    steps: [{run: npm ci}, {run: npm test}]
  ship:
    needs: test
    runs-on: ubuntu-latest
    timeout-minutes: 6
    environment: production
    steps:
      - run: npm ci
      - run: npm run ship
        env: {CLOUDFLARE_API_TOKEN: "${{ secrets.CLOUDFLARE_API_TOKEN }}"}
""",
    ".github/workflows/nightly.yml": """
on: {schedule: [{cron: "0 3 * * *"}]}
permissions: {}
jobs:
  audit:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps: [{run: npm run audit}]
""",
    "README.md": """
| build argument | default |
|---|---|
| `NODE` | `22` |
| `MIND` | `ghcr.io/team/mind:main` |

| secret | scope | environment | how it is rotated |
|---|---|---|---|
| `CLOUDFLARE_API_TOKEN` | Workers, R2 | production | `npm run rotate`, then `npm run deploy` |
| `ANTHROPIC_API_KEY` | the model | yours | make another one |
""",
    **_CONTENT,
}
"""npm scripts, one of which calls another, in the place of make."""

PODMAN = {
    "podman-compose.yml": """
services:
  loa:
    image: localhost/loa-dev
    build: .
    userns_mode: keep-id
    ports: ["127.0.0.1:3000:3000/tcp", "127.0.0.1:18789:18789/tcp"]
    volumes:
      - ./deploy/loa-identity:/workspace/deploy/loa-identity:ro,Z
      - state:/data:U
    mem_limit: 4096m
    memswap_limit: 4096m
volumes: {state: }
""",
    "Containerfile": """
# dev: the published image and entr; rebuilt once a week.
FROM ghcr.io/team/loa:main
RUN dnf install --assumeyes entr
""",
    "deploy/Containerfile": """
# builder: compiles the tools. Rebuilt when TOOLS changes.
FROM docker.io/library/rust:1 AS builder
# Their version.
ARG TOOLS=3
RUN cargo install tools@${TOOLS}
# runtime: what runs; rebuilt with every release
FROM docker.io/library/node:22-slim AS runtime
COPY --from=builder /tools /tools
""",
    "deploy/loa-identity/scheduler.ts": _LOADED,
    "deploy/wrangler.jsonc": """{
  "containers": [{"class_name": "Loa", "instance_type": "standard-1"}]
}
""",
    "Makefile": ".PHONY: dev deploy-cf\ndev: ; podman compose up\ndeploy-cf: ; ./release\n",
    ".env.local.example": "LOA_SECRET=\n",
    ".github/workflows/cloudflare-deploy.yaml": """
on:
  push:
    branches: ["main"]
    paths:
      - deploy/**
      - .claude/**
      - grimoires/**
permissions: {contents: read}
jobs:
  image:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - run: podman login --username x --password-stdin ghcr.io <<<"$PASSWORD"
        env: {PASSWORD: "${{ secrets.GITHUB_TOKEN }}"}
      - run: podman build --file deploy/Containerfile . && podman push ghcr.io/team/loa
  release:
    needs: [image]
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - run: make deploy-cf
        env: {CLOUDFLARE_API_TOKEN: "${{ secrets.CLOUDFLARE_API_TOKEN }}"}
""",
    "docs/everything.md": """
| ARG | default |
|---|---|
| `TOOLS` | 3 |

| credential | scope | environment | rotation |
|---|---|---|---|
| `CLOUDFLARE_API_TOKEN` | Workers | all | in the dashboard, then `make deploy-cf` |
| `LOA_SECRET` | the gateway | a laptop | another random one, then `make dev` |
""",
    **_CONTENT,
}
"""Podman's names of files and its options of mounts; the service names no Dockerfile."""

MONOREPO = {
    "package.json": '{"name": "all", "private": true, "workspaces": ["apps/*", "deploy/*"]}\n',
    "apps/web/compose.yaml": 'services: {web: {image: "nginx:1", ports: ["8080:80"]}}\n',
    "apps/web/Dockerfile": "FROM nginx:1\n",
    "apps/web/package.json": '{"name": "@team/web", "scripts": {"deploy": "netlify deploy"}}\n',
    "apps/brain/compose.dev.yaml": """
services:
  loa:
    build: {context: ../.., dockerfile: apps/brain/Dockerfile.dev}
    ports:
      - {target: 18789, published: "18789", host_ip: 127.0.0.1}
      - {target: 3000, published: "3000", host_ip: 127.0.0.1}
    volumes: ["../../deploy/identity/src:/srv/identity"]
    mem_limit: 4g
    memswap_limit: 4g
""",
    "apps/brain/Dockerfile": """
# core: the gateway. Rebuilt when its lock changes.
FROM node:22 AS core
# final: core and our identity; rebuilt for each commit.
FROM core AS final
COPY deploy/identity /srv/identity
""",
    "apps/brain/Dockerfile.dev": """
# dev: the published image with tsx; rebuilt when that changes.
FROM ghcr.io/team/all:main
""",
    "deploy/identity/package.json": '{"name": "@team/identity"}\n',
    "deploy/identity/src/scheduler.ts": _LOADED,
    "deploy/edge/package.json": """{
  "name": "@team/edge",
  "scripts": {"deploy": "wrangler deploy", "rotate": "wrangler secret put TOKEN"}
}
""",
    "deploy/edge/wrangler.jsonc": """{
  "containers": [{"class_name": "L", "instance_type": "standard-1"}]
}
""",
    ".env.local.example": "GEMINI_API_KEY=\n",
    ".github/workflows/brain.yml": """
on:
  push:
    branches: [main]
    paths: ["deploy/**", ".claude/**", "grimoires/**"]
permissions: {}
jobs:
  edge:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - run: npm ci
      - run: npm run deploy --workspace @team/edge
        env: {CLOUDFLARE_API_TOKEN: "${{ secrets.EDGE_TOKEN }}"}
""",
    ".github/workflows/web.yml": """
on: {push: {branches: [main], paths: ["apps/web/**"]}}
permissions: {}
jobs:
  web:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - run: npm run deploy
        working-directory: apps/web
        env: {NETLIFY_AUTH_TOKEN: "${{ secrets.NETLIFY_TOKEN }}"}
""",
    "docs/brain/secrets.md": """
| secret | scope | environment | how to rotate |
|---|---|---|---|
| `EDGE_TOKEN` | Workers Scripts | production | `npm run rotate -w @team/edge` |
| `NETLIFY_TOKEN` | the site | production | in the dashboard |
| `GEMINI_API_KEY` | the model | a laptop | make another one |
""",
    **_CONTENT,
}
"""Several applications: the gateway's is one of them, and each has a script named deploy."""

KINDS = {
    "other names": OTHER_NAMES,
    "npm scripts": NPM,
    "Podman": PODMAN,
    "a monorepo": MONOREPO,
}
