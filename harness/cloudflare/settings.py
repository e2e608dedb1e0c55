"""wrangler's configuration of the project: what it names, and a copy that pins the image."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.criteria.facts.deployment import parsed
from harness.errors import ConfigError, UsageError
from harness.project import Project
from harness.scratch import scratch

__all__ = ["Settings", "refuse_preview"]

_PATHS = ("main", "tsconfig", "base_dir", "assets.directory", "site.bucket", "build.cwd")
_ADDRESSES = ("route", "routes")
# Cloudflare allows 63 letters for each name that it becomes a part of.
_PREVIEW = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")


class _Container(BaseModel):
    class_name: str


class _Bucket(BaseModel):
    binding: str


class _NamedBucket(_Bucket):
    bucket_name: str


class _Migration(BaseModel):
    tag: str


class _Table(BaseModel):
    """What is read of an environment, which wrangler looks at only when it is run."""

    containers: list[_Container] = []
    r2_buckets: list[_Bucket] = []
    migrations: list[_Migration] = []
    assets: dict[str, Any] = {}
    site: dict[str, Any] = {}
    build: dict[str, Any] = {}


class _Document(_Table):
    env: dict[str, _Table] = {}


class _Own(BaseModel):
    """What an environment must have besides, if it is to be released."""

    r2_buckets: list[_NamedBucket] = []


@dataclass(frozen=True)
class Settings:
    """What the configuration says of one environment.

    Attributes:
        path: The file.
        environment: wrangler's name of the environment.
        document: The whole of it.
    """

    path: Path
    environment: str
    document: dict[str, Any]

    @classmethod
    def read(cls, project: Project, environment: str) -> "Settings":
        """Read it.

        Raises:
            ConfigError: It cannot be read, is not what wrangler takes, or does not know the
                environment.
        """
        names = project.config.cloudflare
        name = f"{names.directory}/{names.config}"
        path = project.root / name
        try:
            document = parsed(path)
        except FileNotFoundError as error:
            raise ConfigError(
                f"{name} is not there, so nothing says what is released",
                "name wrangler's configuration in harness.toml: cloudflare.directory and .config",
            ) from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"{name}: cannot be read ({error})", "mend it") from error
        _refuse_other_shapes(name, _Document, document)
        if environment not in document.get("env", {}):
            raise ConfigError(
                f"{name}: has no environment {environment!r}",
                "name yours in harness.toml: cloudflare.staging and cloudflare.production",
            )
        _refuse_other_shapes(name, _Own, document["env"][environment], "env", environment)
        return cls(path, environment, document)

    @classmethod
    def preview(cls, project: Project, name: str) -> "Settings":
        """Return staging's settings under a name of their own: Worker, container and buckets.

        It has no times at which it runs by itself, of which an account has few, and none of
        staging's addresses.

        Raises:
            UsageError: The name cannot be part of all those names.
            ConfigError: As `read`.
        """
        refuse_preview(name)
        staging = cls.read(project, project.config.cloudflare.staging)
        environment = f"preview-{name}"
        worker = f"{staging.document.get('name', staging.worker)}-{environment}"
        own = _under_its_own_name(staging.document["env"][staging.environment], worker)
        return cls(staging.path, environment, {**staging.document, "env": {environment: own}})

    @property
    def directory(self) -> Path:
        """Where the Worker's sources and its lock are."""
        return self.path.parent

    @property
    def worker(self) -> str:
        """The Worker's name."""
        return str(self._own.get("name") or f"{self.document.get('name')}-{self.environment}")

    @property
    def application(self) -> str:
        """The name of its container application, as wrangler makes it."""
        container = self._container
        return str(container.get("name") or f"{self.worker}-{container['class_name'].lower()}")

    @property
    def buckets(self) -> list[str]:
        """The R2 buckets that it binds."""
        found = self._value("r2_buckets") or []
        return [str(it["bucket_name"]) for it in found]

    @property
    def migration(self) -> str:
        """The tag of its last Durable Object migration; empty if it has none."""
        found = self._value("migrations") or []
        return str(found[-1]["tag"]) if found else ""

    @contextmanager
    def pinned(self, image: str) -> Iterator[Path]:
        """Hand over a copy that names an image in place of the Dockerfile that it is built from.

        The copy lies elsewhere, so that a killed release leaves nothing in the checkout.
        """
        document = json.loads(json.dumps(self.document))
        for table in (document, *document.get("env", {}).values()):
            self._make_absolute(table)
            for container in table.get("containers", []):
                container["image"] = image
                container.pop("image_build_context", None)
                container.pop("image_vars", None)
        with scratch("release") as directory:
            path = directory / "wrangler.json"
            path.write_text(json.dumps(document, indent=1), encoding="utf-8")
            yield path

    def _make_absolute(self, table: dict[str, Any]) -> None:
        for place in _PATHS:
            outer, _, key = place.rpartition(".")
            inner = table.get(outer, {}) if outer else table
            if key in inner:
                inner[key] = str(self.directory / inner[key])
        table.pop("$schema", None)

    @property
    def _own(self) -> dict[str, Any]:
        return dict(self.document["env"][self.environment])

    @property
    def _container(self) -> dict[str, Any]:
        found = self._value("containers") or []
        if not found:
            raise ConfigError(f"{self.path}: {self.environment} has no container", "mend it")
        return dict(found[0])

    def _value(self, key: str) -> list[Any]:
        """Bindings are not inherited by an environment; migrations and triggers are."""
        return self._own.get(key) or (self.document.get(key) if key == "migrations" else None) or []


def refuse_preview(name: str) -> None:
    """Refuse a preview's name that cannot be part of all those that it makes up.

    Raises:
        UsageError: It cannot.
    """
    if not _PREVIEW.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a preview's name",
            "use up to 30 of a-z, 0-9 and -, for example pr-12",
        )


def _refuse_other_shapes(
    name: str, shape: type[BaseModel], table: dict[str, Any], *above: str
) -> None:
    try:
        shape.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(it) for it in (*above, *first["loc"]))
        raise ConfigError(f"{name}: {place}: {first['msg']}", "mend it") from error


def _under_its_own_name(table: dict[str, Any], worker: str) -> dict[str, Any]:
    """Return an environment's table with other names for all that it makes."""
    containers, buckets = table.get("containers") or [], table.get("r2_buckets") or []
    return {
        **{key: value for key, value in table.items() if key not in _ADDRESSES},
        "name": worker,
        "workers_dev": True,
        "triggers": {"crons": []},
        "containers": [{**it, "name": f"{worker}-{it['class_name'].lower()}"} for it in containers],
        "r2_buckets": [
            {**it, "bucket_name": f"{worker}-{it['binding'].lower()}"} for it in buckets
        ],
    }
