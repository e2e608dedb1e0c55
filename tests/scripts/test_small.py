"""The small scripts of images and of the gateway, among stand-ins."""

import re
from pathlib import Path

import pytest

from harness.project import Project
from tests.conftest import REPOSITORY
from tests.scripts.stage import DEPLOY, RECORD, Stage

CERTIFICATES = (
    *("SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"),
    *("PIP_CERT", "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO"),
)
SWITCHED_OFF = {
    "CLAWDBOT_NO_RESPAWN": "1",
    "CLAWDBOT_SKIP_BROWSER_CONTROL_SERVER": "1",
    "CLAWDBOT_SKIP_CANVAS_HOST": "1",
    "CLAWDBOT_SKIP_CHANNELS": "1",
    "CLAWDBOT_SKIP_CRON": "1",
    "CLAWDBOT_SKIP_GMAIL_WATCHER": "1",
    "CLAWDBOT_DISABLE_BONJOUR": "1",
    "CLAWDBOT_BRIDGE_ENABLED": "0",
}
PLACES = (
    ["/data", "/data/home", "/data/wal", "/data/loa", "/data/clawdbot"],
    ["/workspace", "/workspace/.beads", "/workspace/.ckindex"],
    [
        "/workspace/.claude",
        "/workspace/grimoires",
        "/workspace/deploy",
        "/workspace/deploy/loa-identity",
    ],
)


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def run_script(stage: Stage) -> str:
    stage.program("node")
    return str(stage.write("home/gateway/run.sh", text_of("gateway/run.sh")))


@pytest.mark.parametrize("preload", ["", "/x/preload.mjs"])
def test_the_gateway_is_started_with_the_rest_switched_off(stage: Stage, preload: str) -> None:
    given = {"LOA_GATEWAY_PRELOAD": preload, "CLAWDBOT_STATE_DIR": "/d"}
    # Not a word of its own: among the variables is the token.
    assert stage.run(run_script(stage), "--verbose", **given) == (0, "")
    first = f"--import {preload} --initial-old-space-size=128 " if preload else ""
    port = Project(REPOSITORY).config.ports.gateway
    options = f"{first}--disable-warning=ExperimentalWarning --max-old-space-size=3072"
    entry = "./home/gateway/node_modules/clawdbot/dist/entry.js"
    assert stage.log == [f"node {options} {entry} gateway --port {port} --verbose"]
    environment = stage.environment("node")
    assert environment.items() >= SWITCHED_OFF.items()
    assert environment["NODE_COMPILE_CACHE"] == "/d/compile-cache"


def test_without_a_place_for_state_the_cache_is_temporary(stage: Stage) -> None:
    stage.run(run_script(stage))
    assert stage.environment("node")["NODE_COMPILE_CACHE"] == "/tmp/compile-cache"  # noqa: S108


def test_the_gateway_takes_the_place_of_its_script(stage: Stage) -> None:
    stage.program("node", '#!/bin/bash\necho $$ >"$STAGE/node"\n')
    script = stage.write("home/gateway/run.sh", text_of("gateway/run.sh"))
    with stage.playing(str(script)) as play:
        play.end()
    assert int((stage.place / "node").read_text(encoding="ascii")) == play.process.pid


def with_settings(stage: Stage) -> str:
    """The script, with secrets in the stage's place."""
    text = text_of("build/with-settings.sh")
    for ours, theirs in (("/run/secrets", "secrets"), ("/dev/shm/apt.conf", "apt.conf")):  # noqa: S108
        assert text.count(f"={ours}") == 1
        text = text.replace(f"={ours}", f"={stage.place / theirs}")
    (stage.place / "secrets").mkdir()
    stage.program("step", f"{RECORD}exit 5\n")
    return str(stage.write("with-settings.sh", text))


def test_a_step_without_settings_is_run_as_it_is(stage: Stage) -> None:
    status, said = stage.run(with_settings(stage), "step", "one", "two words")
    assert (status, said) == (5, "")
    assert stage.log == ["step one two words"]
    names = {*CERTIFICATES, "APT_CONFIG", "NPM_CONFIG_USERCONFIG", "PIP_CONFIG_FILE"}
    assert not names & stage.environment("step").keys()
    assert not (stage.place / "apt.conf").exists()


def test_each_setting_reaches_the_program_that_it_is_for(stage: Stage) -> None:
    script, secrets = with_settings(stage), stage.place / "secrets"
    for name in ("ca", "npmrc", "pip", "apt"):
        (secrets / name).write_text(f"{name} settings\n", encoding="utf-8")
    assert stage.run(script, "step")[0] == 5
    found = stage.environment("step")
    assert {it: found.get(it) for it in CERTIFICATES} == dict.fromkeys(
        CERTIFICATES, str(secrets / "ca")
    )
    assert found["NPM_CONFIG_USERCONFIG"] == str(secrets / "npmrc")
    assert found["PIP_CONFIG_FILE"] == str(secrets / "pip")
    told = Path(found["APT_CONFIG"]).read_text(encoding="utf-8")
    assert told == f'Acquire::https::CAInfo "{secrets / "ca"}";\napt settings\n'


@pytest.mark.parametrize("name", ["apt", "ca"])
def test_apts_settings_need_no_other(stage: Stage, name: str) -> None:
    script = with_settings(stage)
    (stage.place / "secrets" / name).write_text("x\n", encoding="utf-8")
    stage.run(script, "step")
    assert stage.environment("step")["APT_CONFIG"] == str(stage.place / "apt.conf")


@pytest.mark.parametrize("name", ["apt", "ca"])
def test_a_step_is_not_run_without_settings_that_it_was_given(stage: Stage, name: str) -> None:
    script = with_settings(stage)
    (stage.place / "secrets" / name).write_text("x\n", encoding="utf-8")
    (stage.place / "apt.conf").mkdir()  # which can be written by nobody, not even by root
    assert stage.run(script, "step")[0] not in {0, 5}
    assert stage.log == []


def test_packages_are_installed_alone_and_leave_nothing_else(stage: Stage) -> None:
    stage.program("apt-get")
    script = stage.write("apt-install.sh", text_of("build/apt-install.sh"))
    assert stage.run(str(script), "one", "two") == (0, "")
    update, install, clean, *removed = stage.log
    assert (update, clean) == ("apt-get update", "apt-get clean")
    assert install == "apt-get install --yes --no-install-recommends one two"
    assert stage.environment("apt-get")["DEBIAN_FRONTEND"] == "noninteractive"
    [line] = removed
    assert line.startswith("rm -rf ")
    for place in ("/var/lib/apt/lists/", "/var/log/apt", "/var/cache/ldconfig/aux-cache"):
        assert place in line


def test_a_package_that_cannot_be_had_ends_the_step(stage: Stage) -> None:
    for failing in ("update", "install"):
        stage.program("apt-get", f'#!/bin/bash\n[ "$1" != {failing} ]\n')
        script = stage.write("apt-install.sh", text_of("build/apt-install.sh"))
        assert stage.run(str(script), "one")[0] != 0


@pytest.mark.parametrize("there", [True, False])
def test_places_are_laid_out_for_whoever_runs_it(stage: Stage, *, there: bool) -> None:
    for name in ("install", "ln", *(["clawdbot"] if there else [])):
        stage.program(name)
    script = stage.write("lay-out.sh", text_of("lay-out.sh"))
    assert stage.run(str(script)) == (0, "")
    options = "install --directory --owner=1000 --group=1000 --mode=1777"
    wanted = [f"{options} {' '.join(it)}" for it in PLACES]
    link = "ln -s /opt/loa/gateway/node_modules/.bin/clawdbot /usr/local/bin/clawdbot"
    assert stage.log == [*wanted, *([] if there else [link])]


def test_a_place_that_cannot_be_made_ends_the_step(stage: Stage) -> None:
    stage.program("install", "#!/bin/bash\nexit 3\n")
    stage.program("ln")
    assert stage.run(str(stage.write("lay-out.sh", text_of("lay-out.sh"))))[0] == 3


PIP = f"""{RECORD}
case "$*" in
    *download*) mkdir -p "${{@: -1}}" && touch "${{@: -1}}/onnxruntime-1.whl" ;;
    *zipfile*)
        mkdir -p "${{@: -1}}/onnxruntime/capi"
        echo library >"${{@: -1}}/onnxruntime/capi/libonnxruntime.so.1.2" ;;
esac
"""


def test_the_library_is_fetched_by_its_hash_and_found_by_its_names(stage: Stage) -> None:
    stage.program("python3", PIP)
    script = stage.write("fetch.sh", text_of("rust/fetch-onnxruntime.sh"))
    target = stage.place / "made/lib"
    assert stage.run(str(script), "the.lock", str(target)) == (0, "")
    download, extract, removed = stage.log
    assert re.fullmatch(
        "python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes "
        "--requirement the.lock --dest (./tmp/[^/]+)",
        download,
    )
    work = download.split()[-1]
    assert extract == f"python3 -m zipfile --extract {work}/onnxruntime-1.whl {work}"
    assert removed == f"rm -r {work}"
    names = ("libonnxruntime.so", "libonnxruntime.so.1", "libonnxruntime.so.1.2")
    assert sorted(it.name for it in target.iterdir()) == sorted(names)
    assert {(target / it).read_text(encoding="ascii") for it in names} == {"library\n"}
    # Links, or the stage after this one copies the library three times into the image.
    assert (target / names[1]).readlink() == Path(names[2])
    assert (target / names[0]).readlink() == Path(names[1])


def test_a_library_that_cannot_be_had_ends_the_step(stage: Stage) -> None:
    stage.program("python3", "#!/bin/bash\nexit 4\n")
    script = stage.write("fetch.sh", text_of("rust/fetch-onnxruntime.sh"))
    assert stage.run(str(script), "the.lock", str(stage.place / "made"))[0] == 4


def torch(stage: Stage) -> str:
    """The script that strips torch, with the system's libraries in the stage's place."""
    text = text_of("python/strip-torch.sh")
    assert text.count(" /usr/lib/") == text.count("/usr/lib/") == 3
    packages = stage.place / "usr/lib/python3/dist-packages/torch/bin"
    for path in (packages, stage.place / "usr/lib/x86_64-linux-gnu/ucx"):
        path.mkdir(parents=True)
    for name in ("test_api", "torch_shm_manager"):
        (packages / name).write_text("x" * 9000, encoding="ascii")
    return str(stage.write("strip.sh", text.replace("/usr/lib/", f"{stage.place}/usr/lib/")))


def test_of_torch_only_what_is_named_is_taken_out(stage: Stage) -> None:
    script, libraries = torch(stage), stage.place / "usr/lib/x86_64-linux-gnu"
    gone = ["libLLVM-17.so.1", "libLLVM.so.17.0", "libamd_comgr.so.2", "libamdhip64.so.5"]
    for name in (*gone, "ucx/libuct_rocm.so", "ucx/libuct.so", "libLLVM-18.so.1", "libm.so.6"):
        (libraries / name).write_text("x" * 9000, encoding="ascii")
    status, said = stage.run(script)
    assert status == 0
    tests, compiler = stage.log
    assert tests == (
        "rm -rf ./usr/lib/libtorch-test ./usr/lib/python3/dist-packages/torch/bin/test_api"
    )
    assert compiler == f"rm -rf {' '.join(gone)} ucx/libuct_rocm.so"
    sizes = re.findall(r"^stripped: (?:torch's tests|AMD's compiler), (\d+)kB$", said, re.MULTILINE)
    assert len(sizes) == len(said.splitlines()) == 2
    assert int(sizes[1]) > int(sizes[0]) > 0


def test_where_torch_has_no_such_parts_nothing_fails(stage: Stage) -> None:
    assert stage.run(torch(stage))[0] == 0


def test_where_the_libraries_are_elsewhere_nothing_is_taken_out_of_here(stage: Stage) -> None:
    script = torch(stage)
    libraries = stage.place / "usr/lib/x86_64-linux-gnu"
    libraries.rename(libraries.with_name("elsewhere"))
    assert stage.run(script)[0] != 0
    assert not [it for it in stage.log if "libLLVM" in it]
