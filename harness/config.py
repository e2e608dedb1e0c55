"""harness.toml, typed: every error names the key, the file and the line."""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.discovery import Found, discover
from harness.docker.reference import is_reference
from harness.errors import ConfigError

__all__ = [
    "FILE_NAME",
    "Cloudflare",
    "Compose",
    "Config",
    "Image",
    "Ports",
    "Probe",
    "Watch",
    "discovered",
    "load",
    "place_of",
]

FILE_NAME = "harness.toml"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_LAST_PORT = 65535

_WORDS = {
    "list_type": "must be a list of texts in quotes",
    "model_type": "must be a table, with its keys below it",
    "string_type": "must be a text in quotes",
    "too_short": "must name something",
}
"""What is wrong, for those of pydantic's kinds that can come up."""


def _port(value: object) -> object:
    # True is an int too.
    if type(value) is int and 1 <= value <= _LAST_PORT:
        return value
    raise PydanticCustomError("port", f"must be a whole number from 1 to {_LAST_PORT}")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise PydanticCustomError(
            "name",
            "must be 1 to 31 of a-z, 0-9, - and _, the first one a letter or digit",
        )
    return name


def _relative(glob: str) -> str:
    parts = glob.split("/")
    if not glob or "" in parts or "." in parts or ".." in parts or "\\" in glob:
        raise PydanticCustomError(
            "glob", "must be a glob relative to the checkout, for example 'deploy/**/*.ts'"
        )
    return glob


def _not_absolute(name: str) -> str:
    if not name or name.startswith(("/", "~")):
        raise PydanticCustomError("file", "must be a name relative to the checkout")
    return name


def _reference(name: str) -> str:
    if not is_reference(name):
        raise PydanticCustomError(
            "reference", "must be an image's name, for example ghcr.io/team/app:main"
        )
    return name


Port = Annotated[int, BeforeValidator(_port)]
Name = Annotated[str, AfterValidator(_name)]
Glob = Annotated[str, AfterValidator(_relative)]
File = Annotated[str, AfterValidator(_not_absolute)]
Reference = Annotated[str, AfterValidator(_reference)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProjectNames(_Table):
    """How the project's containers, networks and volumes are named."""

    name: Name = "loa"


class Compose(_Table):
    """The development compose file and the service in it that runs the gateway."""

    file: File = "docker-compose.dev.yml"
    service: str = "loa"


class Ports(_Table):
    """Ports on 127.0.0.1."""

    health: Port = 3000
    gateway: Port = 18789

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.health == self.gateway:
            raise PydanticCustomError("ports", "health and gateway must be two different ports")
        return self


class Image(_Table):
    """Where the base image comes from, and how it is built when it cannot be pulled."""

    published: Reference = "ghcr.io/0xhoneyjar/loa-beauvoir:main"
    dockerfile: File = "deploy/Dockerfile"
    fallback_target: str = "core"
    dev_dockerfile: File = "deploy/Dockerfile.dev"
    dev_context: File = "."
    dev_target: str = ""
    version_label: str = "org.opencontainers.image.version"


class Probe(_Table):
    """The file that a check edits, and the answer in which the edit shows."""

    file: File = "deploy/loa-identity/scheduler.ts"
    url: str = "/loa/version"
    field: str = "revision"


class Watch(_Table):
    """Globs relative to the checkout: a save of what they name is loaded by the gateway."""

    include: Annotated[list[Glob], Field(min_length=1)] = [
        "deploy/loa-identity/**/*.ts",
        "deploy/loa-identity/clawdbot.plugin.json",
    ]
    exclude: list[Glob] = ["**/*.test.ts", "**/test/**", "**/node_modules/**"]


class Cloudflare(_Table):
    """Where the Worker is, and how what belongs to its releases is called on Cloudflare."""

    directory: str = "deploy/cloudflare"
    config: str = "wrangler.jsonc"
    staging: str = "staging"
    production: str = "production"
    image: str = "loa"
    state: str = "loa-releases"
    staging_url: str = ""
    production_url: str = ""


class Config(_Table):
    """All of harness.toml; what is left out has this project's value."""

    project: ProjectNames = ProjectNames()
    compose: Compose = Compose()
    ports: Ports = Ports()
    image: Image = Image()
    probe: Probe = Probe()
    watch: Watch = Watch()
    cloudflare: Cloudflare = Cloudflare()


def load(root: Path) -> Config:
    """Read the configuration of a checkout.

    What harness.toml does not say is told by the checkout's other files where they can, see
    `harness.discovery`; else it has its default.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or has a key or value that does not fit.
    """
    path = root / FILE_NAME
    text = _read(path)
    tables = _said(_parse(path, text))
    for found in discover(root, _keys(tables)):
        table, _, key = found.key.partition(".")
        # A variable of a Dockerfile may stand where only a build knows what for.
        unknown = found.key == "image.published" and not is_reference(found.value or "")
        if found.value is not None and not unknown:
            tables.setdefault(table, {})[key] = found.value
    _watch_the_layer(tables)
    return _parse(path, text, tables)


def discovered(root: Path) -> list[Found]:
    """Return what became of each key that harness.toml does not set and other files may tell.

    Raises:
        ConfigError: As `load`.
    """
    path = root / FILE_NAME
    return discover(root, _keys(_said(_parse(path, _read(path)))))


def place_of(root: Path, key: str) -> str:
    """Return what says a key's value: a line of harness.toml, or another file of the checkout.

    Args:
        root: The checkout.
        key: The key, for example "image.published".

    Raises:
        ConfigError: As `load`.
    """
    text = _read(root / FILE_NAME)
    known = _keys(_said(_parse(root / FILE_NAME, text)))
    if key in known:
        return f"{FILE_NAME}:{_line_of(text, key.split('.'))}"
    told = (it.place for it in discover(root, known) if it.key == key and it.value is not None)
    return next(told, f"not in {FILE_NAME}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error


def _said(config: Config) -> dict[str, dict[str, Any]]:
    """Return what the file says, without what is there by default."""
    tables: dict[str, dict[str, Any]] = config.model_dump(exclude_unset=True)
    return tables


def _keys(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    pairs = ((f"{table}.{key}", it) for table, keys in tables.items() for key, it in keys.items())
    return {name: str(value) for name, value in pairs}


def _watch_the_layer(tables: dict[str, dict[str, Any]]) -> None:
    """Where only the probe's file is known, what lies beside it is what counts as code."""
    file = tables.get("probe", {}).get("file")
    if file and "include" not in tables.get("watch", {}):
        layer = Path(file).parent
        include = [(layer / it).as_posix() for it in ("**/*.ts", "clawdbot.plugin.json")]
        tables.setdefault("watch", {})["include"] = include


def _parse(path: Path, text: str, tables: Mapping[str, Any] | None = None) -> Config:
    try:
        return Config.model_validate(tomllib.loads(text) if tables is None else tables)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: no valid TOML: {error}", "mend that line") from error
    except ValidationError as error:
        raise _config_error(path, text, error) from error


def _config_error(path: Path, text: str, error: ValidationError) -> ConfigError:
    problems = [_describe(path, text, problem) for problem in error.errors()]
    advice = "mend that line" if len(problems) == 1 else "mend these lines"
    return ConfigError("; ".join(problems), advice)


def _describe(path: Path, text: str, problem: Any) -> str:  # noqa: ANN401 -- pydantic's ErrorDetails
    keys = [part for part in problem["loc"] if isinstance(part, str)]
    line = _line_of(text, keys)
    if keys != list(problem["loc"]):
        line = _line_of_item(text, line, problem["input"])
    return f"{path}:{line}: {'.'.join(keys)}: {_what(keys, problem)}"


def _what(keys: list[str], problem: Any) -> str:  # noqa: ANN401 -- pydantic's ErrorDetails
    if problem["type"] != "extra_forbidden":
        return str(_WORDS.get(problem["type"], problem["msg"]))
    known = _keys_below(keys[:-1])
    close = get_close_matches(keys[-1], known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(known)}"
    return f"unknown key ({hint})"


def _keys_below(tables: list[str]) -> list[str]:
    """Return the keys that may stand in a table; without one, those tables that there are."""
    fields = Config.model_fields
    for table in tables:
        fields = cast("type[BaseModel]", fields[table].annotation).model_fields
    return list(fields)


def _line_of(text: str, keys: list[str]) -> int:
    """Find the line that sets a key; tomllib keeps no positions."""
    table, wanted = "", keys[-1]
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            table = header[1].replace('"', "")
            if table == ".".join(keys):
                return number
        key = re.match(r'\s*"?([\w./:-]+)"?\s*=', line)
        if key and [*filter(None, table.split(".")), key[1]] == keys:
            return number
        if key and key[1] == wanted and not table:
            return number
    return 1


def _line_of_item(text: str, first: int, item: object) -> int:
    """Find the line of a list's item; the list begins on line `first`."""
    lines = text.splitlines()[first - 1 :]
    written = (f'"{item}"', f"'{item}'", str(item))
    for form in written:
        for number, line in enumerate(lines, first):
            if form in line:
                return number
    return first
