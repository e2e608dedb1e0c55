"""Small checkouts as other teams would lay them out, without harness.toml."""

from collections.abc import Mapping
from pathlib import Path

from harness.project import Project

__all__ = ["BELOW", "LAYOUTS", "OTHER_NAMES", "OVERRIDDEN", "checkout"]

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

LAYOUTS = {"other names": OTHER_NAMES, "below": BELOW, "overridden": OVERRIDDEN}


def checkout(root: Path, files: Mapping[str, str]) -> Project:
    """Write the files into a directory that git would take for a checkout."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".git").mkdir()
    return Project(root)
