"""Both Dockerfiles: what their comments promise of stages, secrets, modes and what is in them."""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.docker.cache_keys import cache_keys
from harness.docker.dockerfile import Dockerfile, Instruction, Stage
from harness.project import Project
from tests.conftest import REPOSITORY

CONFIG = Project(REPOSITORY).config
IMAGE = Dockerfile.read(REPOSITORY / CONFIG.image.dockerfile)
DEV = Dockerfile.read(REPOSITORY / CONFIG.image.dev_dockerfile)
STAGES = {it.name: it for it in (*IMAGE.stages, *DEV.stages)}
STEPS = [it for stage in STAGES.values() for it in stage.instructions if it.is_step]
RUNS = [it for it in STEPS if it.name == "RUN"]

STANDS_ON = {
    "rust-builder": "rust:1-slim-trixie",
    "python-builder": "node:22-trixie-slim",
    "gateway-builder": "node:22-trixie-slim",
    "system": "node:22-trixie-slim",
    "core": "system",
    "runtime": "system",
    "dev": CONFIG.image.published,
}
PACKAGES = {
    "rust-builder": "g++ libssl-dev make pkg-config python3-pip",
    "python-builder": "python3-venv",
    "system": "ca-certificates curl git less procps tini",
    "runtime": "python3 python3-numpy python3-torch",
    "dev": "ca-certificates curl entr git less procps tini",
}
# What fetches something, the settings that it needs for it, and what it may keep between builds.
FETCHES = {
    "apt-install.sh": ({"ca", "apt"}, set()),
    "fetch-onnxruntime.sh": ({"ca", "pip"}, set()),
    "cargo install": ({"ca", "cargo"}, {"/usr/local/cargo/registry", "/var/cache/target"}),
    "pip install": ({"ca", "pip"}, {"/root/.cache/pip"}),
    "npm ci": ({"ca", "npmrc"}, {"/root/.npm"}),
}
# Options without which something else is installed, or something that is installed is run.
OPTIONS = {
    "cargo install": "--locked --root",
    "pip install": "--no-deps --no-compile --require-hashes --requirement",
    "npm ci": "--ignore-scripts --no-audit --no-fund --no-update-notifier",
    "python3 -m venv": "--system-site-packages",
}
CONTENT = {
    "/opt/loa/gateway/": "deploy/gateway/clawdbot.json deploy/gateway/run.sh",
    "/opt/loa/health": "deploy/health",
    "/opt/loa/": "deploy/start-loa.sh deploy/supervise.sh",
}
BUILT = {
    "/opt/loa/gateway": ("gateway-builder", "/opt/loa/gateway"),
    "/opt/loa/rust": ("rust-builder", "/opt/loa/rust"),
    "/opt/loa/python": ("python-builder", "/opt/loa/python"),
}
LOA = {
    "/workspace/deploy/loa-identity": "deploy/loa-identity",
    "/workspace/.claude": ".claude",
    "/workspace/grimoires": "grimoires",
}
TOOLS = {
    "/opt/loa/tools/": "deploy/tools/package.json deploy/tools/package-lock.json",
    "/opt/loa/dev": "deploy/dev",
    "/opt/loa/": "deploy/start-loa.sh deploy/start-loa-dev.sh deploy/supervise.sh",
}
HOME = {
    "NODE_ENV": "production",
    "HOME": "/data/home",
    "LOA_WORKSPACE": "/workspace",
    "LOA_WAL_DIR": "/data/wal",
    "LOA_STATE_DIR": "/data/loa",
    "CLAWDBOT_STATE_DIR": "/data/clawdbot",
    "CLAWDBOT_CONFIG_PATH": "/opt/loa/gateway/clawdbot.json",
}


def of(stage: str, name: str) -> list[Instruction]:
    return [it for it in STAGES[stage].instructions if it.name == name]


def only(stage: str, name: str) -> str:
    [found] = of(stage, name)
    return found.value.strip()


def environment(stage: str) -> dict[str, str]:
    words = " ".join(it.value for it in of(stage, "ENV"))
    return dict(re.findall(r"(\w+)=(\S+)", words))


def copied(stage: str, *, built: bool = False) -> dict[str, str]:
    """Return what a stage copies from the context, or from other stages, by where it goes."""
    found = [it for it in of(stage, "COPY") if bool(it.flag("from")) == built]
    return {it.arguments[-1]: " ".join(it.arguments[:-1]) for it in found}


def fetching() -> Iterator[tuple[str, Instruction]]:
    for step in RUNS:
        yield from ((name, step) for name in FETCHES if name in step.value)


def test_each_stage_stands_on_what_it_says() -> None:
    assert {name: it.base for name, it in STAGES.items()} == STANDS_ON
    assert [it.name for it in IMAGE.reached()] == [
        it for it in STANDS_ON if it not in {"core", "dev"}
    ]


@pytest.mark.parametrize("stage", STANDS_ON)
def test_a_stage_begins_with_its_cache_key(stage: str) -> None:
    key = f"{stage.removesuffix('-builder').upper()}_CACHE_KEY"
    first = STAGES[stage].instructions[0]
    assert (first.name, first.value.strip()) == ("ARG", f"{key}=1")
    known = cache_keys(REPOSITORY, datetime(2026, 11, 28, tzinfo=UTC))
    assert key in known or stage == "dev"


@pytest.mark.parametrize("stage", PACKAGES)
def test_these_packages_of_debians_are_in_it(stage: str) -> None:
    [step] = [it for it in of(stage, "RUN") if "apt-install.sh" in it.value]
    words = step.value.split("apt-install.sh", 1)[1].split("&&")[0].split()
    assert sorted(words) == sorted(PACKAGES[stage].split())


def test_what_fetches_something_has_the_settings_of_this_build() -> None:
    found = list(fetching())
    assert len(found) == len(RUNS) - 4, "all but laying out, bundling and stripping"
    for name, step in found:
        secrets, kept = FETCHES[name]
        mounts = step.mounts
        assert {it["id"] for it in mounts if it["type"] == "secret"} == secrets, step.value
        assert {it["target"] for it in mounts if it["type"] == "cache"} == kept, step.value
        binds = {it["target"]: it["source"] for it in mounts if it["type"] == "bind"}
        assert binds["/run/build"] == "deploy/build", step.value
        assert "sh /run/build/with-settings.sh" in step.value


def test_scripts_are_run_by_a_shell_where_they_are_bound() -> None:
    for step in RUNS:
        bound = [it["target"] for it in step.mounts if it["type"] == "bind"]
        words = ["", *step.arguments]
        assert "echo" not in words
        for before, word in itertools.pairwise(words):
            if word.startswith("/run/"):
                assert any(word.startswith(it) for it in bound), word
                assert before == "sh" or not word.endswith(".sh"), "a checkout may have no modes"


def test_cargo_finds_its_settings_where_it_looks() -> None:
    for name, step in fetching():
        for mount in step.mounts:
            if mount.get("id") == "cargo":
                assert mount["target"] == f"{environment('rust-builder')['CARGO_HOME']}/config.toml"
                assert name == "cargo install"


def test_what_is_bound_is_there_and_used() -> None:
    for step in RUNS:
        for mount in step.mounts:
            if mount["type"] == "bind":
                assert (REPOSITORY / mount["source"]).exists()
                program = "node" if "deploy/dev" in mount["source"] else "sh"
                assert f"{program} {mount['target']}" in step.value.split("--mount")[-1], step.value


@pytest.mark.parametrize("name", OPTIONS)
def test_nothing_is_installed_but_what_a_lock_says(name: str) -> None:
    steps = [it for it in RUNS if name in it.value]
    assert steps
    for step in steps:
        command = step.value.partition(name)[2].partition("&&")[0]
        assert set(OPTIONS[name].split()) <= set(command.split()), command
        assert "echo" not in step.value


def test_the_gateway_is_installed_small_and_for_both_processors() -> None:
    [step] = of("gateway-builder", "RUN")
    assert {"--force", "--omit=dev", "--omit=optional"} <= set(step.value.split())
    assert only("gateway-builder", "WORKDIR") == "/opt/loa/gateway"
    lock = "deploy/gateway/package.json deploy/gateway/package-lock.json"
    assert copied("gateway-builder") == {"./": lock}


def test_the_rust_tools_come_from_their_versions_and_find_their_library() -> None:
    steps = [it.value for it in of("rust-builder", "RUN")]
    installed = [name for it in steps for name in re.findall(r'"(\S+@\$\{\w+\})"', it)]
    assert installed == ["ck-search@${CK_VERSION}", "beads_rust@${BEADS_VERSION}"]
    [fetched] = [it for it in steps if "fetch-onnxruntime.sh" in it]
    assert fetched.split()[-3:] == [
        "/run/rust/fetch-onnxruntime.sh",
        "/run/rust/onnxruntime.lock",
        "/opt/loa/rust/lib",
    ]
    [linked] = [it for it in steps if "ck-search" in it]
    for setting in (
        "ORT_LIB_LOCATION=/opt/loa/rust/lib",
        "ORT_PREFER_DYNAMIC_LINK=1",
        "rpath,/opt/loa/rust/lib",
    ):
        assert setting in linked
    targets = {it.get("target") for step in of("rust-builder", "RUN") for it in step.mounts}
    assert {environment("rust-builder")["CARGO_TARGET_DIR"]} <= targets


def test_what_only_a_debugger_reads_is_taken_out() -> None:
    strip, identity, *binaries = of("rust-builder", "RUN")[-1].value.split()
    assert (strip, identity) == ("strip", "--remove-section=.note.gnu.build-id")
    assert binaries == ["/opt/loa/rust/bin/ck", "/opt/loa/rust/bin/br"]
    [torch] = [it.value for it in of("runtime", "RUN") if "apt-install.sh" in it.value]
    assert torch.split("&&")[1].strip() == "sh /run/strip-torch.sh"


def test_the_venv_has_its_lock_and_its_model() -> None:
    assert copied("python-builder") == {
        "/tmp/requirements.lock": "deploy/python/requirements.lock"  # noqa: S108 -- in the image
    }
    [step] = [it.value for it in of("python-builder", "RUN") if "pip install" in it.value]
    parts = [" ".join(it.split()) for it in step.split("&&")]
    assert parts[0].endswith("python3 -m venv --system-site-packages /opt/loa/python")
    assert "/opt/loa/python/bin/pip install" in parts[1]
    assert parts[1].endswith("--requirement /tmp/requirements.lock")
    model = environment("runtime")["LOA_EMBEDDING_MODEL"]
    assert parts[2].split()[::3] == ["ln", model]
    assert parts[3].endswith("/opt/loa/python/lib/python3")
    packages = "/opt/loa/python/lib/python3/site-packages"
    assert parts[4:] == [f"sh /run/strip.sh {packages} /usr/local/bin/node"]


@pytest.mark.parametrize("stage", ["core", "runtime"])
def test_what_runs_the_gateway_is_in_it(stage: str) -> None:
    assert copied(stage).items() >= CONTENT.items()
    assert "sh /run/lay-out.sh" in " ".join(it.value for it in of(stage, "RUN"))
    froms = {
        it.arguments[-1]: (it.flag("from")[0], it.arguments[0])
        for it in of(stage, "COPY")
        if it.flag("from")
    }
    wanted = BUILT if stage == "runtime" else {"/opt/loa/gateway": BUILT["/opt/loa/gateway"]}
    assert froms == wanted


def test_loas_own_content_is_in_production_only_and_comes_last() -> None:
    assert copied("runtime") == {**CONTENT, **LOA}
    assert copied("core") == CONTENT
    last = [it for it in STAGES["runtime"].instructions if it.is_step][-len(LOA) :]
    assert [it.arguments[-1] for it in last] == list(LOA)
    [grimoires] = [it for it in last if it.arguments[0] == "grimoires"]
    assert grimoires.flag("chown") == ["node:node"], "the state is written to"


def test_the_development_image_adds_tools_and_no_sources() -> None:
    wanted = {**TOOLS, **{it: CONTENT[it] for it in CONTENT if it not in TOOLS}}
    assert copied("dev") == wanted
    [step] = [it.value for it in of("dev", "RUN") if "npm ci" in it.value]
    assert "--prefix /opt/loa/tools" in step
    parts = [" ".join(it.split()) for it in step.split("&&")]
    assert parts[1:] == [
        "ln -sf /opt/loa/tools/node_modules/.bin/tsx /usr/local/bin/tsx",
        "sh /run/lay-out.sh",
    ]


def test_modes_do_not_depend_on_the_checkout() -> None:
    for stage in STAGES.values():
        for step in stage.instructions:
            if step.name == "COPY" and not step.flag("from"):
                data = all(it.endswith((".json", ".lock")) for it in step.arguments[:-1])
                assert step.flag("chmod") == ["644" if data else "755"], step.value


@pytest.mark.parametrize(
    ("stage", "script"), [("system", "start-loa.sh"), ("dev", "start-loa-dev.sh")]
)
def test_it_starts_under_an_init_and_with_its_script(stage: str, script: str) -> None:
    assert json.loads(only(stage, "ENTRYPOINT")) == ["/usr/bin/tini", "--"]
    assert json.loads(only(stage, "CMD")) == [f"/opt/loa/{script}"]
    assert only(stage, "WORKDIR") == "/workspace"
    ports = [str(CONFIG.ports.health), str(CONFIG.ports.gateway)]
    assert only(stage, "EXPOSE").split() == ports


@pytest.mark.parametrize(
    ("stage", "user"), [("core", "node"), ("runtime", "node"), ("dev", "1000:1000")]
)
def test_it_does_not_run_as_root(stage: str, user: str) -> None:
    assert of(stage, "USER")[-1].value.strip() == user
    assert STAGES[stage].instructions[-1].name == "USER"


def test_the_development_image_is_made_as_root() -> None:
    assert of("dev", "USER")[0].value.strip() == "root"
    assert environment("dev") == {"BEAUVOIR_DEV_MODE": "1"}
    sources = " ".join(f"/workspace/{it}" for it in (".claude", "grimoires", "deploy/loa-identity"))
    assert only("dev", "LABEL") == f'dev.loa.mounts="{sources}"'


def test_health_is_asked_where_it_is_answered() -> None:
    [check] = of("system", "HEALTHCHECK")
    flags = {it: check.flag(it)[0] for it in ("interval", "timeout", "start-period", "retries")}
    assert flags == {"interval": "5s", "timeout": "3s", "start-period": "60s", "retries": "3"}
    command = json.loads(check.value[check.value.index("[") :])
    health = f"http://127.0.0.1:{CONFIG.ports.health}/health"
    assert command == ["curl", "--fail", "--silent", "--output", "/dev/null", health]


def test_programs_find_their_places() -> None:
    assert environment("system") == HOME
    path = environment("runtime")["PATH"]
    assert path == "/opt/loa/rust/bin:/opt/loa/python/bin:${PATH}"
    places = {it for it in HOME.values() if it.startswith("/data")}
    assert places <= set((REPOSITORY / "deploy/lay-out.sh").read_text(encoding="utf-8").split())


def labels(stage: Stage) -> dict[str, str]:
    words = " ".join(it.value for it in stage.instructions if it.name == "LABEL")
    return {name: value.strip('"') for name, value in re.findall(r'(\S+)=("[^"]*"|\S+)', words)}


@pytest.mark.parametrize("stage", ["core", "runtime"])
def test_an_image_says_what_it_was_made_from(stage: str) -> None:
    found = {name.rpartition(".")[2]: value for name, value in labels(STAGES[stage]).items()}
    assert {name: found[name] for name in ("revision", "version", "created")} == {
        "revision": "${IMAGE_REVISION}",
        "version": "${IMAGE_VERSION}",
        "created": "${IMAGE_CREATED}",
    }
    assert (found["licenses"], found["title"][:11]) == ("MIT", "Loa gateway")
    assert found["source"] == "https://github.com/0xHoneyJar/loa-beauvoir"
    prefix = CONFIG.image.version_label.rpartition(".")[0]
    assert all(name.startswith(f"{prefix}.") for name in labels(STAGES[stage]))
    assert environment(stage)["LOA_IMAGE_REVISION"] == "${IMAGE_REVISION}"
    declared = [it.value.partition("=")[0] for it in of(stage, "ARG")]
    assert declared[1:] == ["IMAGE_REVISION", "IMAGE_VERSION", "IMAGE_CREATED"]


def test_both_base_images_are_of_one_debian_release() -> None:
    images = {it.value.partition("=")[2].strip() for it in IMAGE.preamble}
    assert {name.rpartition("trixie")[1] for name in images} == {"trixie"}


def test_the_scripts_that_stages_copy_are_there() -> None:
    for stage in STAGES:
        for sources in copied(stage).values():
            for source in sources.split():
                assert Path(REPOSITORY / source).exists(), source
