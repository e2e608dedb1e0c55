"""What git and builds ignore, which credentials there are, what make and the harness are told."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from harness import config, envfile, process
from harness.docker.dockerfile import Dockerfile
from harness.docker.inputs import context_files
from harness.make import Makefile
from harness.project import Project
from tests.conftest import REPOSITORY

# Made here, by whom, and never to be committed.
MADE = (
    ".venv/x",
    ".harness/x",
    ".env.local",
    "node_modules/x",
    "deploy/cloudflare/node_modules/x",
    "harness/__pycache__/x",
    "x.pyc",
    "x.pyo",
    "x.pyd",
    "x.egg-info/x",
    ".pytest_cache/x",
    ".mypy_cache/x",
    ".ruff_cache/x",
    ".benchmarks/x",
    ".hypothesis/x",
    "dist/x",
    "deploy/cloudflare/.wrangler/x",
    "deploy/loa-identity/.loa-sentinel-1",
    "deploy/.beads/x",
    ".ckindex/x",
)
COMMITTED = (".env.local.example", "deploy/Dockerfile", ".claude/x", "grimoires/x", "harness.toml")
# A build may take these, and must not take those.
TAKEN = (
    ".claude/x",
    "grimoires/loa/x",
    "deploy/x/y.ts",
    "deploy/health/server.mjs",
    ".devcontainer/entrypoint.sh",
)
LEFT = (
    ".env.local",
    "README.md",
    ".git/config",
    ".devcontainer/devcontainer.json",
    "harness/x.py",
    "deploy/.env",
    "deploy/x/.env.production",
    "deploy/.beads/x",
    "grimoires/.ckindex/x",
    "deploy/x/node_modules/y",
    "deploy/__pycache__/y",
    "deploy/cloudflare/src/worker.ts",
    "deploy/loa-identity/test/y.ts",
    "deploy/loa-identity/x.test.ts",
    "deploy/dev/test/y.mjs",
)
AGAIN = (
    "pytest tests -n 1 --dist loadgroup --last-failed --last-failed-no-failures none --maxfail 5 -v"
)
ALL_LONG = "pytest tests -m long --long -n auto --dist loadgroup --no-loadscope-reorder"
OF_LONG = ("g2_release", "fr6_dockerfile", "g3_layers", "fr5_workflow", "us2_push")
LONG = [f"acceptance/test_{it}.py" for it in OF_LONG]
RECIPES = {
    "dev": ["harness dev"],
    "dev-shell": ["harness shell"],
    "dev-logs": ["harness logs"],
    "dev-down": ["harness down"],
    "dev-clean": ["harness clean"],
    "deploy-cf": ["harness deploy"],
    "test": [
        f"pytest tests -n auto --dist loadgroup || {{ [ $? -eq 1 ] && .venv/bin/{AGAIN}; }}",
        "pytest acceptance",
    ],
    "test-long": [
        f"{ALL_LONG} || {{ [ $? -eq 1 ] && .venv/bin/{AGAIN} --long; }}",
        f"pytest {' '.join(LONG)} --long",
        "pytest acceptance/benchmarks --long",
    ],
    "lint": ["ruff check .", "ruff format --check .", "mypy"],
}


@pytest.fixture
def git(tmp_path: Path) -> Path:
    """A checkout that has nothing but our .gitignore."""
    process.run(["git", "init", "--quiet", tmp_path])
    shutil.copy(REPOSITORY / ".gitignore", tmp_path)
    return tmp_path


def test_git_ignores_what_is_made_and_nothing_else(git: Path) -> None:
    names = "\n".join((*MADE, *COMMITTED))
    done = process.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "--stdin"],
        cwd=git,
        stdin=names,
        check=False,
    )
    assert done.stdout.splitlines() == list(MADE)


def test_a_build_takes_what_images_hold_and_nothing_else(tmp_path: Path) -> None:
    for name in (*TAKEN, *LEFT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shutil.copy(REPOSITORY / ".dockerignore", tmp_path)
    found = set(context_files(tmp_path, tmp_path / "Dockerfile", ["."]))
    # The ignore file itself is always sent, and reaches no image.
    assert found - {".dockerignore"} == set(TAKEN)


def test_all_that_the_dockerfiles_copy_is_in_the_context() -> None:
    image = Project(REPOSITORY).config.image
    for name in (image.dockerfile, image.dev_dockerfile):
        sources = Dockerfile.read(REPOSITORY / name).sources()
        for source in sources:
            assert context_files(REPOSITORY, REPOSITORY / name, [source]), source


def test_each_check_that_takes_long_is_one_of_test_long() -> None:
    checks = (REPOSITORY / "acceptance").glob("test_*.py")
    long = {it.name for it in checks if "mark.long" in it.read_text(encoding="utf-8")}
    assert long <= {f"test_{it}.py" for it in OF_LONG}


def test_the_example_names_what_the_container_reads() -> None:
    text = (REPOSITORY / envfile.EXAMPLE).read_text(encoding="utf-8")
    set_ = [it for it in text.splitlines() if it and not it.startswith("#")]
    worker = (REPOSITORY / "deploy/cloudflare/src/env.ts").read_text(encoding="utf-8")
    handed = worker.partition("FOR_THE_CONTAINER = [")[2].partition("]")[0].split('"')[1::2]
    assert set_ == [f"{name}=" for name in handed]


@pytest.mark.parametrize("target", RECIPES)
def test_a_target_is_one_call(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "harness").mkdir()
    shutil.copy(REPOSITORY / "harness/bootstrap.py", tmp_path / "harness")
    first, *calls = Makefile(tmp_path).recipe(target)
    assert first == "python3 harness/bootstrap.py .venv", "the environment is made first"
    said = " ".join(" ".join(calls).replace("\\", " ").split())
    assert said == " ".join(f".venv/bin/{it}" for it in RECIPES[target])


def test_what_git_tells_its_hooks_goes_no_further() -> None:
    told = dict.fromkeys(process.OF_A_REPOSITORY, "/somewhere")
    command = ["make", "--silent", "--eval", "variables: ; @env", "variables"]
    env = {**os.environ, **told, "MAKEFLAGS": ""}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=True
    )
    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert "PATH" in names
    assert not names & told.keys()


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "harness/bootstrap.py"])
def test_the_environment_is_made_anew_when_it_is_to_be_another(name: str, tmp_path: Path) -> None:
    for it in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / it, tmp_path)
    (tmp_path / "harness").mkdir()
    shutil.copy(REPOSITORY / "harness/bootstrap.py", tmp_path / "harness")
    (tmp_path / ".venv").mkdir()
    ready = tmp_path / ".venv/.ready"
    ready.touch()
    assert len(Makefile(tmp_path).recipe("dev")) == 1
    later = ready.stat().st_mtime_ns + 10**9
    os.utime(tmp_path / name, ns=(later, later))
    assert len(Makefile(tmp_path).recipe("dev")) == 2


def test_the_environment_is_made_anew_where_it_was_made_for_another_path(tmp_path: Path) -> None:
    here, there, other = (tmp_path / it for it in ("a checkout", "moved", "other"))
    for root in (here, other):
        (root / "harness").mkdir(parents=True)
        shutil.copy(REPOSITORY / "Makefile", root)
        for name in ("requirements.lock", "pyproject.toml", "harness/bootstrap.py"):
            (root / name).touch()
            os.utime(root / name, (0, 0))
    (here / ".venv").mkdir()
    (here / ".venv/.ready").write_text(f"{here}/.venv\n", encoding="utf-8")
    assert len(Makefile(here).recipe("dev")) == 1
    (other / ".venv").symlink_to(here / ".venv")
    assert len(Makefile(other).recipe("dev")) == 1, "what is shared has not moved"
    here.rename(there)
    assert len(Makefile(there).recipe("dev")) == 2
    assert Makefile(there).recipe("help") == Makefile(other).recipe("help")


def test_help_says_of_every_target_what_it_does_in_two_columns() -> None:
    # What the make around this test, if there is one, hands down makes this one talk more.
    quiet = {"MAKEFLAGS": "", "MAKELEVEL": ""}
    done = process.run(["make", "help"], cwd=REPOSITORY, env=quiet)
    lines = (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
    texts = {it.partition(":")[0]: it.partition(" ## ")[2] for it in lines if " ## " in it}
    assert list(texts) == ["help", *RECIPES]
    assert done.stdout.splitlines() == [f"{name:12}{text}" for name, text in texts.items()]


def test_harness_toml_has_the_defaults_so_that_it_documents_them() -> None:
    said = config.load(REPOSITORY)
    assert said == config.Config()


def test_harness_toml_says_all_that_can_be_said() -> None:
    said = tomllib.loads((REPOSITORY / "harness.toml").read_text(encoding="utf-8"))
    wanted = {name: set(it) for name, it in config.Config().model_dump().items()}
    assert {name: set(it) for name, it in said.items()} == wanted
