"""`.env.local`: the credentials of one checkout, made on first use and never printed."""

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from harness import tracked
from harness.console import log
from harness.errors import ConfigError
from harness.locks import locked
from harness.paths import cache_dir
from harness.project import Project

__all__ = [
    "CREDENTIAL",
    "EXAMPLE",
    "FILE_NAME",
    "IGNORE",
    "TOKEN",
    "ensure",
    "filled_in",
    "names_in",
    "read",
    "secrets_of",
]

FILE_NAME = ".env.local"
EXAMPLE = ".env.local.example"
TOKEN = "CLAWDBOT_GATEWAY_TOKEN"  # noqa: S105 -- the variable's name

IGNORE = f"echo {FILE_NAME} >> .gitignore"
"""The command after which git does not commit the file."""

CREDENTIAL = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL|COOKIE", re.IGNORECASE)
"""What the name of a variable or an option has in it that holds a credential."""

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
_TOKEN_BYTES = 32
# What compose does not take as it stands, by the quote: variables and escapes.
_MEANS_MORE = {"'": "\\", '"': "$\\"}


def ensure(root: Path) -> dict[str, str]:
    """Return the checkout's credentials, after making what is missing.

    The file is made from `.env.local.example`, if there is one, with mode 0600; an empty gateway
    token gets a random value, where the file is a link in the one that it leads to. Lines that
    somebody wrote are never changed. Every secret is kept out of everything that is printed from
    here on.

    Raises:
        ConfigError: A line is malformed, the file cannot be read or written, or it is a link that
            leads nowhere.
    """
    path = root / FILE_NAME
    try:
        if not path.exists():
            _refuse_link(path)
            _make(root, path)
        elif not read(root).get(TOKEN):
            _add_token(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", "make it readable and writable") from error
    _warn_if_open(path)
    return read(root)


def read(root: Path) -> dict[str, str]:
    """Return what `.env.local` sets; nothing if there is none.

    Raises:
        ConfigError: A line is malformed, or the file cannot be read.
    """
    path = root / FILE_NAME
    # One that a link leads to is written where it is, and half a line is none.
    with _alone_with(path) if path.is_symlink() else nullcontext():
        return _read(path)


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    values = _parse(path, text)
    for value in _secret(values).values():
        log.protect(value)
    return values


def secrets_of(root: Path) -> dict[str, str]:
    """Return the credentials among what `.env.local` sets, those without a value left out.

    Raises:
        ConfigError: As `read`.
    """
    return {name: value for name, value in _secret(read(root)).items() if value}


def names_in(text: str) -> list[str]:
    """Return the names that the lines of such a file set, whatever their values."""
    return [found[1] for line in text.splitlines() if (found := _LINE.match(line))]


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return the text of such a file with these values on the lines that set their names."""
    return "".join(_filled_in(line, values) for line in text.splitlines(keepends=True))


def _filled_in(line: str, values: Mapping[str, str]) -> str:
    found = _LINE.match(line)
    if not found or found[1] not in values:
        return line
    return f"{line[: found.start(2)]}{values[found[1]]}{_end_of(line)}"


def _secret(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if CREDENTIAL.search(name)}


def _parse(path: Path, text: str) -> dict[str, str]:
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            # The line itself stays unsaid: it may hold a credential.
            raise ConfigError(f"{path}:{number}: not NAME=value", "mend or remove that line")
        raw = match[2].strip()
        value = values[match[1]] = _unquote(raw, path, number)
        if CREDENTIAL.search(match[1]):
            _check_plain(value, raw[:1], path, number)
    return values


def _check_plain(value: str, quote: str, path: Path, number: int) -> None:
    """Make sure that the container gets what is kept out of logs: compose reads more into some."""
    meant = [it for it in _MEANS_MORE.get(quote, "$") if it in value]
    if meant:
        advice = "quote it with '', without a \\ in it, or make another one"
        raise ConfigError(f"{path}:{number}: compose changes a credential with {meant[0]}", advice)


def _unquote(value: str, path: Path, number: int) -> str:
    quote = value[:1]
    if quote not in {'"', "'"}:
        return value.split(" #", maxsplit=1)[0].rstrip()
    end = value.find(quote, 1)
    if end < 0:
        raise ConfigError(f"{path}:{number}: the quote is never closed", "close or remove it")
    return value[1:end]


def _refuse_link(path: Path) -> None:
    """Refuse a link to a file that is not there: where it leads may be a slip of the pen."""
    if path.is_symlink():
        problem = f"{path}: a link to {path.readlink()}, which is not there"
        raise ConfigError(problem, "make that file, or remove the link")


def _make(root: Path, path: Path) -> None:
    example = _example(root)
    _write_new(path, _with_token(example or ""))
    if example is None:
        log.note(f"made {FILE_NAME} with a random gateway token alone: there is no {EXAMPLE}")
    else:
        log.note(f"made {FILE_NAME} from {EXAMPLE}, with a random gateway token")
    if not tracked.ignores(root, FILE_NAME):
        log.warn(f"git would commit {FILE_NAME}: run `{IGNORE}`")


def _add_token(path: Path) -> None:
    """Put a token where there is none; of several processes the first one's is everybody's."""
    with _alone_with(path):
        if not _read(path).get(TOKEN):
            _replace(path, _with_token(_text(path)))
            log.note(f"{FILE_NAME} had no gateway token: added a random one")


def _example(root: Path) -> str | None:
    path = root / EXAMPLE
    try:
        return _text(path)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read ({error})", "save it as UTF-8") from error


def _text(path: Path) -> str:
    """Read a file as it is, whatever its lines end with."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _with_token(text: str) -> str:
    """Put a new token on the last line that sets one, or on one more; all else stays as it is."""
    own = f"{TOKEN}={secrets.token_urlsafe(_TOKEN_BYTES)}"
    lines = text.splitlines(keepends=True)
    found = [(number, it) for number, line in enumerate(lines) if (it := _LINE.match(line))]
    places = [number for number, it in found if it[1] == TOKEN]
    if places:
        lines[places[-1]] = own + _end_of(lines[places[-1]])
        return "".join(lines)
    end = "\r\n" if "\r\n" in text else "\n"
    joint = end if lines and not _end_of(lines[-1]) else ""
    return f"{text}{joint}{own}{end}"


def _end_of(line: str) -> str:
    return line[len(line.splitlines()[0]) :]


def _write_new(path: Path, text: str) -> None:
    """Write a file that is complete as soon as it is there, and keep one that came first."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        _move_first(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _move_first(draft: Path, path: Path) -> None:
    """Give a file its name unless another one has it; of several processes the first one wins."""
    with _alone_with(path):
        if not path.exists():
            draft.replace(path)


def _alone_with(path: Path) -> AbstractContextManager[None]:
    """Hold the lock of a file, or of the one that it leads to: checkouts may share that."""
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return locked(cache_dir("locks") / f"credentials-{name}")


def _replace(path: Path, text: str) -> None:
    if path.is_symlink():
        _write_through(path, text)
        return
    draft = _draft(path, text)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_through(path: Path, text: str) -> None:
    """Write into the file that a link leads to, which others share: it keeps owner and mode."""
    # It is not emptied first: what stands before the token is there at every moment.
    with path.open("r+", encoding="utf-8", newline="") as file:
        file.write(text)
        file.truncate()


def _draft(path: Path, text: str) -> Path:
    # mkstemp makes it 0600 from the first moment on. git ignores all that is there, so that nobody
    # commits the credentials of one that a killed command has left.
    handle, name = tempfile.mkstemp(dir=Project(path.parent).state_dir, prefix=f"{FILE_NAME}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        owner = path.parent.stat()
        if os.geteuid() == 0:
            os.chown(draft, owner.st_uid, owner.st_gid)
    except BaseException:  # it may hold credentials already
        draft.unlink(missing_ok=True)
        raise
    return draft


def _warn_if_open(path: Path) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        log.warn(f"{path} can be read by others (mode {mode:04o}): run `chmod 600 {FILE_NAME}`")
