import errno
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from hypothesis import given, settings, strategies as st

from harness import envfile
from harness.console import log
from harness.errors import ConfigError

EXAMPLE = "# the token\nCLAWDBOT_GATEWAY_TOKEN=\n# optional\nANTHROPIC_API_KEY=\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / envfile.EXAMPLE).write_text(EXAMPLE, encoding="utf-8")
    return tmp_path


def test_the_file_is_made_from_the_example_with_a_token_that_only_the_owner_reads(
    checkout: Path,
) -> None:
    values = envfile.ensure(checkout)
    made = checkout / envfile.FILE_NAME
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert len(values[envfile.TOKEN]) >= 32
    assert made.read_text(encoding="utf-8").startswith("# the token\nCLAWDBOT_GATEWAY_TOKEN=")
    assert "# optional\nANTHROPIC_API_KEY=\n" in made.read_text(encoding="utf-8")


def test_two_checkouts_get_different_tokens(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    assert envfile.ensure(first)[envfile.TOKEN] != envfile.ensure(second)[envfile.TOKEN]


def test_what_somebody_wrote_is_kept(checkout: Path) -> None:
    text = "export CLAWDBOT_GATEWAY_TOKEN='mine and mine'\nOTHER=1 # why\n"
    (checkout / envfile.FILE_NAME).write_text(text, encoding="utf-8")
    assert envfile.ensure(checkout) == {envfile.TOKEN: "mine and mine", "OTHER": "1"}
    assert (checkout / envfile.FILE_NAME).read_text(encoding="utf-8") == text


def test_an_empty_token_is_filled_in_and_the_rest_kept(checkout: Path) -> None:
    (checkout / envfile.FILE_NAME).write_text(f"A=1\n{envfile.TOKEN}=\nB=2\n", encoding="utf-8")
    values = envfile.ensure(checkout)
    assert values[envfile.TOKEN]
    assert (values["A"], values["B"]) == ("1", "2")


@pytest.mark.parametrize("text", [f"A=1\n{envfile.TOKEN}=\nB=2\n", f"{envfile.TOKEN}={' ' * 99}\n"])
def test_an_empty_token_is_filled_in_where_a_link_leads(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    shared = tmp_path_factory.mktemp("shared") / "credentials"
    shared.write_text(text, encoding="utf-8")
    shared.chmod(0o640)
    before = shared.stat()
    (checkout / envfile.FILE_NAME).symlink_to(shared)
    token = envfile.ensure(checkout)[envfile.TOKEN]
    assert (checkout / envfile.FILE_NAME).readlink() == shared
    made, after = shared.read_text(encoding="utf-8"), shared.stat()
    assert made == text.replace(text.splitlines()[text.count("A=1")], f"{envfile.TOKEN}={token}")
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert [*shared.parent.iterdir()] == [shared]
    assert envfile.ensure(checkout)[envfile.TOKEN] == token


@pytest.mark.parametrize("leads_to", ["nowhere/credentials", envfile.FILE_NAME])
def test_a_link_that_leads_nowhere_is_told_and_nothing_is_made(
    checkout: Path, capsys: pytest.CaptureFixture[str], leads_to: str
) -> None:
    link = checkout / envfile.FILE_NAME
    link.symlink_to(leads_to)
    with pytest.raises(ConfigError) as caught:
        envfile.ensure(checkout)
    told = f"{link}: a link to {leads_to}, which is not there; make that file, or remove the link"
    assert str(caught.value) == told
    assert capsys.readouterr().err == ""
    assert not (checkout / "nowhere").exists()


@pytest.mark.parametrize("refusal", [None, errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV])
def test_calls_at_the_same_moment_agree_on_one_token(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, refusal: int | None
) -> None:
    if refusal:
        monkeypatch.setattr(os, "link", refusing(refusal))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: envfile.ensure(checkout)[envfile.TOKEN], range(16)))
    assert len(set(made)) == 1
    assert drafts_in(checkout) == []


def test_checkouts_that_share_a_file_agree_on_the_token_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text(f"A=1\n{envfile.TOKEN}=\n", encoding="utf-8")
    checkouts = [tmp_path / str(number) for number in range(8)]
    for checkout in checkouts:
        checkout.mkdir()
        (checkout / envfile.FILE_NAME).symlink_to(tmp_path / "shared")
    with ThreadPoolExecutor(len(checkouts)) as pool:
        made = list(pool.map(lambda it: envfile.ensure(it)[envfile.TOKEN], checkouts))
    assert len(set(made)) == 1


def test_half_of_what_is_written_through_a_link_is_never_read(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "shared").write_text("A=1\n", encoding="utf-8")
    (checkout / envfile.FILE_NAME).symlink_to("shared")
    read: list[dict[str, str]] = []
    beside = Thread(target=lambda: read.append(envfile.read(checkout)))

    def slowly(path: Path, text: str) -> None:
        path.write_text(text[:6], encoding="utf-8")
        beside.start()
        beside.join(timeout=0.5)
        path.write_text(text, encoding="utf-8")

    monkeypatch.setattr(envfile, "_write_through", slowly)
    made = envfile.ensure(checkout)
    beside.join(timeout=60)
    assert read == [made]


def test_calls_at_the_same_moment_agree_on_the_token_that_the_file_lacks(checkout: Path) -> None:
    (checkout / envfile.FILE_NAME).write_text(EXAMPLE, encoding="utf-8")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: envfile.ensure(checkout)[envfile.TOKEN], range(16)))
    assert len(set(made)) == 1


@pytest.mark.parametrize("step", ["fdopen", "replace"])
def test_what_could_not_be_written_leaves_no_draft_with_credentials(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    kept = "ANTHROPIC_API_KEY=a-credential\n"
    (checkout / envfile.FILE_NAME).write_text(kept, encoding="utf-8")
    with monkeypatch.context() as full:
        full.setattr(os if step == "fdopen" else Path, step, refusing(errno.ENOSPC))
        with pytest.raises(ConfigError, match=r"\.env\.local"):
            envfile.ensure(checkout)
    assert drafts_in(checkout) == []
    assert (checkout / envfile.FILE_NAME).read_text(encoding="utf-8") == kept


def test_a_draft_that_a_killed_command_leaves_is_nothing_that_git_would_add(tmp_path: Path) -> None:
    """In a repository that ignores the file by its name alone."""
    program = (
        "import os, sys; from pathlib import Path; from harness import envfile\n"
        "os.link = lambda *_: os.kill(os.getpid(), 9)\n"
        "envfile.ensure(Path(sys.argv[1]))"
    )
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (tmp_path / ".git/info/exclude").write_text("/.env.local\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(drafts_in(tmp_path)) == 1
    words = [*git, "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(words, capture_output=True, check=True).stdout == b""


def test_what_it_was_made_from_is_said(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    envfile.ensure(checkout)
    made = "made .env.local from .env.local.example, with a random gateway token"
    assert made in capsys.readouterr().err
    (checkout / envfile.FILE_NAME).unlink()
    (checkout / envfile.EXAMPLE).unlink()
    envfile.ensure(checkout)
    alone = "made .env.local with a random gateway token alone: there is no .env.local.example"
    assert alone in capsys.readouterr().err
    text = (checkout / envfile.FILE_NAME).read_text(encoding="utf-8")
    assert text == f"{own_line(text)}\n"


@pytest.mark.parametrize(("rule", "warned"), [("", True), (".env.*", False)])
def test_a_repository_that_would_commit_it_is_told(
    checkout: Path, capsys: pytest.CaptureFixture[str], rule: str, *, warned: bool
) -> None:
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    (checkout / ".gitignore").write_text(f"{rule}\n", encoding="utf-8")
    envfile.ensure(checkout)
    command = "git would commit .env.local: run `echo .env.local >> .gitignore`"
    assert (command in capsys.readouterr().err) == warned


def test_a_checkout_below_the_top_of_its_repository_is_told_too(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    below = checkout / "apps/loa"
    below.mkdir(parents=True)
    envfile.ensure(below)
    assert "git would commit .env.local" in capsys.readouterr().err


def test_an_example_that_is_no_text_is_named(checkout: Path) -> None:
    (checkout / envfile.EXAMPLE).write_bytes(b"# \xe9\n")
    with pytest.raises(ConfigError, match=r"\.env\.local\.example: cannot be read"):
        envfile.ensure(checkout)


@pytest.mark.parametrize("line", ["no assignment", "1A=2", "A='never closed"])
def test_a_malformed_line_is_named_by_its_number_and_not_quoted(checkout: Path, line: str) -> None:
    (checkout / envfile.FILE_NAME).write_text(f"# fine\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\.env\.local:2: ") as caught:
        envfile.ensure(checkout)
    assert line not in str(caught.value)
    assert (checkout / envfile.FILE_NAME).read_text(encoding="utf-8") == f"# fine\n{line}\n"


@pytest.mark.parametrize("value", ["a$b", '"a # $b"', '"a\\nb"', "'it\\'s'"])
def test_a_credential_that_compose_would_change_is_refused(checkout: Path, value: str) -> None:
    text = f"# fine\nSOME_API_KEY={value}\n"
    (checkout / envfile.FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"\.env\.local:2: compose changes a credential"
    ) as caught:
        envfile.ensure(checkout)
    assert value not in str(caught.value)


def test_what_compose_takes_as_it_stands_is_no_problem(checkout: Path) -> None:
    lines = ["A_KEY='a$b'", "B_KEY=a\\b # not $this", "PLACE=$HOME/x", 'NOTE="a\\nb"']
    (checkout / envfile.FILE_NAME).write_text("\n".join(lines), encoding="utf-8")
    assert envfile.read(checkout)["A_KEY"] == "a$b"
    assert envfile.read(checkout)["B_KEY"] == "a\\b"


def test_every_secret_is_kept_out_of_what_is_printed(checkout: Path) -> None:
    (checkout / envfile.FILE_NAME).write_text(
        "CLAWDBOT_GATEWAY_TOKEN=canary-token\nSOME_API_KEY='canary/key'\n", encoding="utf-8"
    )
    envfile.ensure(checkout)
    assert log.redact("canary-token canary/key canary%2Fkey") == "*** *** ***"


def test_a_file_that_others_can_read_is_told(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    envfile.ensure(checkout)
    (checkout / envfile.FILE_NAME).chmod(0o644)
    envfile.ensure(checkout)
    assert "chmod 600 .env.local" in capsys.readouterr().err


_ENDS = st.sampled_from(["\n", "\r\n"])
_LINES = st.sampled_from(
    ["", "  ", "# why", "A=1", "export B='x # y'", 'C="ü"', f"#{envfile.TOKEN}="]
)
_TEXT = st.lists(st.tuples(_LINES, _ENDS).map("".join), max_size=6).map("".join)
_EMPTY = st.sampled_from(["", "''", '""', "  ", "\t"])


@settings(max_examples=80, deadline=None)
@given(before=_TEXT, after=_TEXT, value=_EMPTY, export=st.booleans(), end=_ENDS)
def test_all_but_the_tokens_own_line_stays_byte_for_byte(
    before: str, after: str, value: str, end: str, *, export: bool
) -> None:
    line = f"{'export ' if export else ''}{envfile.TOKEN}={value}"
    made = filled_in(f"{before}{line}{end}{after}")
    assert made == f"{before}{own_line(made)}{end}{after}"


@settings(max_examples=80, deadline=None)
@given(text=_TEXT, last=st.sampled_from(["", "A=1", "  # no end"]))
def test_a_file_without_a_tokens_line_gets_one_more(text: str, last: str) -> None:
    made = filled_in(text + last)
    end = "\r\n" if "\r\n" in text else "\n"
    assert made == f"{text}{last}{end if last else ''}{own_line(made)}{end}"


def test_of_two_lines_the_one_that_counts_is_filled_in() -> None:
    made = filled_in(f"{envfile.TOKEN}=once\n\n{envfile.TOKEN}=\n\n")
    assert made == f"{envfile.TOKEN}=once\n\n{own_line(made)}\n\n"


def drafts_in(checkout: Path) -> list[Path]:
    made = {checkout / envfile.FILE_NAME, checkout / envfile.EXAMPLE}
    return sorted({*checkout.rglob(f"{envfile.FILE_NAME}*")} - made)


def refusing(number: int) -> Callable[..., None]:
    """A file system that does not do it."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def filled_in(text: str) -> str:
    """What becomes of a file; the token's line in it is checked to be in force."""
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "protect", lambda _: None)  # or every later test has them all to hide
        path = Path(place) / envfile.FILE_NAME
        path.write_bytes(text.encode())
        path.chmod(0o600)
        token = envfile.ensure(path.parent)[envfile.TOKEN]
        made = path.read_bytes().decode()
        assert own_line(made) == f"{envfile.TOKEN}={token}"
        return made


def own_line(text: str) -> str:
    found = re.search(rf"^{envfile.TOKEN}=[\w-]{{32,}}", text, re.MULTILINE)
    return found[0] if found else "there is none"
