"""What port 3000 of the development container tells, event by event."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

__all__ = [
    "Broken",
    "Ended",
    "Event",
    "Failure",
    "Live",
    "Noticed",
    "Restored",
    "Silent",
    "Standby",
    "State",
    "Stopping",
    "Visible",
    "Waiting",
    "parse",
]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Failure(_Model):
    """Why a save does not load; the file is relative to the checkout, where one is known."""

    file: str | None = None
    line: int | None = None
    text: str


class State(_Model):
    """All that is known; it comes first whenever somebody begins to listen.

    Attributes:
        silent: Whether what loads is, see `Silent`.
    """

    event: Literal["state"] = "state"
    status: str
    reloader: str = "entr"
    generation: int
    cause: str | None = None
    error: str | None = None
    serves: bool = False
    silent: bool = False


class _Load(_Model):
    generation: int
    cause: str | None = None
    files: list[str] = []


class Waiting(_Model):
    """A load begins as soon as the next gateway is warm."""

    event: Literal["waiting"] = "waiting"
    cause: str | None = None
    files: list[str] = []


class Noticed(_Load):
    """A load has begun."""

    event: Literal["noticed"] = "noticed"


class Live(_Load):
    """A load serves; times are milliseconds, of which only `after_ms` is known where entr reloads.

    Attributes:
        noticed_ms: From the save to the event of it.
        loaded_ms: From the beginning of the load until the layer answered.
        served_ms: From the save until it served.
        after_ms: From when it was noticed until it served.
        cold: Whether no gateway had been warmed for it.
    """

    event: Literal["live"] = "live"
    noticed_ms: float | None = None
    loaded_ms: float | None = None
    served_ms: float | None = None
    after_ms: float | None = None
    cold: bool = False


class Silent(_Load):
    """The layer does not answer yet; live or broken follows, or a newer save takes its place.

    Attributes:
        serves: Whether what served before goes on meanwhile.
    """

    event: Literal["silent"] = "silent"
    serves: bool = False
    after_ms: float | None = None


class Broken(_Load):
    """A load failed.

    Attributes:
        serves: Whether what served before goes on.
    """

    event: Literal["broken"] = "broken"
    serves: bool = False
    after_ms: float | None = None
    error: str
    failure: Failure | None = None


class Restored(_Model):
    """The files are again what is served."""

    event: Literal["restored"] = "restored"
    cause: str
    files: list[str] = []


class Visible(_Model):
    """Files that are not code were saved."""

    event: Literal["visible"] = "visible"
    files: list[str]


class Ended(_Model):
    """The gateway ended by itself, and is started again: in `again_ms` ms, where that is known."""

    event: Literal["ended"] = "ended"
    status: str
    again_ms: float | None = None


class Standby(_Model):
    """What became of the gateway that is kept warm for the next save."""

    event: Literal["standby"] = "standby"
    state: str


class Stopping(_Model):
    """The container is stopped."""

    event: Literal["stopping"] = "stopping"


Event = (
    State
    | Waiting
    | Noticed
    | Silent
    | Live
    | Broken
    | Restored
    | Visible
    | Ended
    | Standby
    | Stopping
)

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def parse(raw: dict[str, Any]) -> Event | None:
    """Return the event, or None where a newer reloader tells what this harness does not know."""
    try:
        return _EVENT.validate_python(raw)
    except ValidationError:
        return None
