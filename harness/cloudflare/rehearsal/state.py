"""What the loopback Cloudflare knows; it can be written to a file and read again."""

import secrets
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.cloudflare.rehearsal.marks import Permission

__all__ = [
    "Application",
    "Bucket",
    "Deployment",
    "Image",
    "Live",
    "Module",
    "Rollout",
    "State",
    "StoredObject",
    "Switches",
    "Token",
    "UploadedVersion",
    "Worker",
    "hex_id",
    "now",
]


def now() -> str:
    """Return the time as the API writes it, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def hex_id() -> str:
    """Return an identifier as accounts, tokens and namespaces have it: 32 hex digits."""
    return secrets.token_hex(16)


def _id() -> str:
    return str(uuid.uuid4())


class _Record(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class Module(_Record):
    """One part of an upload."""

    name: str
    content_type: str
    content: bytes


class UploadedVersion(_Record):
    """A version of a Worker, as it was uploaded.

    Attributes:
        id: What the version metadata binding tells the Worker.
        number: Counts up within the Worker.
        bindings: As in the upload's metadata, with what it inherited; secrets are not in it.
        secrets: Secret values by binding.
        was_live: Whether it ever had a share of the requests.
    """

    id: str = Field(default_factory=_id)
    number: int
    created_on: str = Field(default_factory=now)
    main_module: str
    modules: list[Module]
    bindings: list[dict[str, Any]]
    secrets: dict[str, str] = {}
    compatibility_date: str = ""
    compatibility_flags: list[str] = []
    annotations: dict[str, str] = {}
    was_live: bool = False


class Live(_Record):
    """A version in a deployment, and its share of the requests, 0 to 100."""

    version_id: str
    percentage: float


class Deployment(_Record):
    """Which versions serve, from when on."""

    id: str = Field(default_factory=_id)
    created_on: str = Field(default_factory=now)
    versions: list[Live]
    annotations: dict[str, str] = {}


class Worker(_Record):
    """A Worker with its history; the last deployment is the live one."""

    name: str
    tag: str = Field(default_factory=hex_id)
    created_on: str = Field(default_factory=now)
    versions: list[UploadedVersion] = []
    deployments: list[Deployment] = []
    migration_tag: str = ""
    namespaces: dict[str, str] = {}
    schedules: list[dict[str, Any]] = []
    subdomain: dict[str, bool] = {"enabled": False, "previews_enabled": False}
    script_settings: dict[str, Any] = {}

    def version(self, version_id: str) -> UploadedVersion | None:
        """Return a version by its id."""
        return next((version for version in self.versions if version.id == version_id), None)

    def live(self) -> list[tuple[UploadedVersion, float]]:
        """Return the versions of the live deployment with their shares."""
        shares = self.deployments[-1].versions if self.deployments else []
        found = [(self.version(share.version_id), share.percentage) for share in shares]
        return [(version, percentage) for version, percentage in found if version]


class Application(_Record):
    """A container application.

    Attributes:
        body: As it was asked for; what the API reports.
        serving: The image that its instances run, which the API does not report.
    """

    id: str = Field(default_factory=_id)
    created_at: str = Field(default_factory=now)
    version: int = 1
    body: dict[str, Any]
    serving: str
    active_rollout: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["name"])

    @property
    def image(self) -> str:
        """The image that it is configured for."""
        return str(self.body["configuration"]["image"])

    @property
    def namespace(self) -> str:
        """The Durable Object namespace whose objects start its instances."""
        return str(self.body.get("durable_objects", {}).get("namespace_id", ""))


class Rollout(_Record):
    """A change of a container application on its way through the instances."""

    id: str = Field(default_factory=_id)
    application: str
    created_at: str = Field(default_factory=now)
    kind: str
    description: str
    before: dict[str, Any]
    target: dict[str, Any]
    target_version: int
    steps: list[float]
    step: int = 0
    status: str = "progressing"


class StoredObject(_Record):
    """An object in a bucket."""

    content: bytes
    etag: str
    content_type: str = "application/octet-stream"
    modified: str = Field(default_factory=now)


class Bucket(_Record):
    """An R2 bucket."""

    name: str
    created: str = Field(default_factory=now)
    objects: dict[str, StoredObject] = {}


class Token(_Record):
    """The API token: its id and value also make the key for R2's S3 side."""

    id: str = Field(default_factory=hex_id)
    value: str = Field(default_factory=lambda: secrets.token_urlsafe(30))
    permissions: set[Permission] = set(Permission)
    status: str = "active"


class Image(_Record):
    """How instances of an image behave, for the edge that runs none.

    Attributes:
        revision: What the image says it was built from.
        starts: Whether its gateway ever comes up.
    """

    revision: str
    starts: bool = True


class Switches(_Record):
    """What a rehearsal can change about how containers are rolled out.

    Attributes:
        step_seconds: How long each step of a rollout takes.
        lie: Rollouts report that they are complete while the old image serves on.
        starts_in: Seconds that new instances take to start.
    """

    step_seconds: float = 0.0
    lie: bool = False
    starts_in: float = 0.0


class State(_Record):
    """Everything in the account."""

    account: str = Field(default_factory=hex_id)
    subdomain: str = "rehearsal"
    token: Token = Field(default_factory=Token)
    workers: dict[str, Worker] = {}
    applications: dict[str, Application] = {}
    rollouts: dict[str, Rollout] = {}
    buckets: dict[str, Bucket] = {}
    images: dict[str, Image] = {}
    switches: Switches = Field(default_factory=Switches)

    def save(self, path: Path) -> None:
        """Write it to a file that only its owner can read: there are secrets in it."""
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "State":
        """Read what `save` wrote.

        Raises:
            ValueError: The file holds something else.
            OSError: It cannot be read.
        """
        return cls.model_validate_json(path.read_text(encoding="utf-8"))
