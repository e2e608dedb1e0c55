"""What a run leaves for others to read, as JSON, whatever its texts hold."""

from pydantic import BaseModel, JsonValue
from pydantic_core import to_json

from harness.console import log

__all__ = ["as_json"]


def as_json(model: BaseModel) -> str:
    r"""Return a model as JSON, without protected values.

    The name of a file may hold bytes of another encoding, which Python keeps as lone surrogates and
    no JSON takes. They stand as `\udce9` there: one odd name must not cost a run its evidence.
    """
    plain = _encodable(model.model_dump(mode="json"))
    text = to_json(plain, indent=1, inf_nan_mode="null").decode()
    return f"{log.redact(text)}\n"


def _encodable(value: JsonValue) -> JsonValue:
    """Return a value whose texts can all be written as UTF-8."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, list):
        return [_encodable(it) for it in value]
    if isinstance(value, dict):
        return {key: _encodable(it) for key, it in value.items()}
    return value
