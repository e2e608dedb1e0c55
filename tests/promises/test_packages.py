"""What npm installs, what the gateway is told, and how strictly types are checked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.project import Project
from tests.conftest import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
PACKAGES = [DEPLOY / it for it in ("cloudflare", "gateway", "tools", "loa-identity")]
OF_PACKAGE = pytest.mark.parametrize("place", PACKAGES, ids=lambda it: it.name)
DEPENDENCIES = ("dependencies", "devDependencies")
WANTED = {
    "cloudflare": {"@cloudflare/containers", "@cloudflare/workers-types", "miniflare", "typescript"}
    | {"wrangler", "ws"},
    "gateway": {"clawdbot"}
    | {f"@mariozechner/clipboard-linux-{it}-gnu" for it in ("arm64", "x64")},
    "tools": {"esbuild", "tsx"},
    "loa-identity": {"@types/node", "typescript"},
}
STRICT = {
    "noEmit": True,
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noFallthroughCasesInSwitch": True,
    "noImplicitOverride": True,
    "noImplicitReturns": True,
    "noPropertyAccessFromIndexSignature": True,
    "noUncheckedIndexedAccess": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "allowImportingTsExtensions": True,
    "erasableSyntaxOnly": True,
    "verbatimModuleSyntax": True,
}

Document = dict[str, Any]


def read(path: Path) -> Document:
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


@OF_PACKAGE
def test_the_lock_is_the_package_s_own(place: Path) -> None:
    package, lock = read(place / "package.json"), read(place / "package-lock.json")
    own = lock["packages"][""]
    for key in (*DEPENDENCIES, "engines"):
        assert own.get(key) == package.get(key), key
    overrides = package.get("overrides") or {}
    assert overrides.keys() == ({"libsignal", "strip-ansi"} if place.name == "gateway" else set())
    for name, version in overrides.items():
        found = {it["version"] for at, it in lock["packages"].items() if at.endswith(f"/{name}")}
        assert found == {version.rpartition("@")[2]}, name


@OF_PACKAGE
def test_versions_are_exact_and_nothing_is_published(place: Path) -> None:
    package = read(place / "package.json")
    named = {name: it for key in DEPENDENCIES for name, it in (package.get(key) or {}).items()}
    assert named.keys() == WANTED[place.name]
    assert not [it for it in named.values() if not re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", it)]
    assert package["private"] is True


@OF_PACKAGE
def test_they_run_on_the_images_node(place: Path) -> None:
    engines = read(place / "package.json")["engines"]
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    [major] = re.findall(r"^ARG NODE_IMAGE=node:(\d+)-", dockerfile, re.MULTILINE)
    assert engines == {"node": f">={major}.18"}


@OF_PACKAGE
def test_its_modules_and_scripts(place: Path) -> None:
    package = read(place / "package.json")
    is_ours = place.name in {"cloudflare", "loa-identity"}
    assert package.get("type") == ("module" if is_ours else None)
    scripts = package.get("scripts", {})
    assert scripts.get("typecheck") == ("tsc --noEmit" if is_ours else None)
    if place.name == "loa-identity":
        words = scripts["test"].split()
        assert {"--test", "--disable-warning=ExperimentalWarning"} <= set(words)
        assert words[0] == "node"
        assert list(place.glob(words[-1].strip('"')))
        assert "--test-reporter=spec" in words


@pytest.mark.parametrize("name", ["cloudflare", "loa-identity"])
def test_types_are_checked_as_strictly_as_can_be(name: str) -> None:
    document = read(DEPLOY / name / "tsconfig.json")
    options = document["compilerOptions"]
    assert options.items() >= STRICT.items()
    assert (options["target"], options["lib"]) == ("es2024", ["es2024"])
    modules = ("esnext", "bundler") if name == "cloudflare" else ("nodenext", None)
    assert (options["module"], options.get("moduleResolution")) == modules
    checked = {it for pattern in document["include"] for it in (DEPLOY / name).glob(pattern)}
    ours = {it for it in (DEPLOY / name).rglob("*.ts") if "node_modules" not in it.parts}
    assert checked == ours
    assert options["types"] == (["@cloudflare/workers-types"] if name == "cloudflare" else ["node"])


def test_the_gateway_does_what_the_container_offers_and_no_more() -> None:
    ports = Project(REPOSITORY).config.ports
    told = read(DEPLOY / "gateway/clawdbot.json")
    assert told["gateway"] == {
        "mode": "local",
        "port": ports.gateway,
        "bind": "lan",
        "auth": {"mode": "token"},
        "controlUi": {"enabled": False},
        "reload": {"mode": "off"},
    }
    off = {it: told[it] for it in ("browser", "canvasHost", "update")}
    assert off == {
        "browser": {"enabled": False},
        "canvasHost": {"enabled": False},
        "update": {"checkOnStart": False},
    }


def test_the_gateway_loads_our_layer_and_nothing_else() -> None:
    plugins = read(DEPLOY / "gateway/clawdbot.json")["plugins"]
    name = read(DEPLOY / "loa-identity/clawdbot.plugin.json")["id"]
    assert plugins == {
        "enabled": True,
        "allow": [name],
        "load": {"paths": ["/workspace/deploy/loa-identity"]},
        "slots": {"memory": "none"},
        "entries": {name: {"enabled": True}},
    }
    assert name == "loa-identity"


def test_the_layer_takes_no_settings() -> None:
    schema = read(DEPLOY / "loa-identity/clawdbot.plugin.json")["configSchema"]
    assert schema == {"type": "object", "additionalProperties": False, "properties": {}}
