"""An uploaded Worker: metadata and modules in one multipart body."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.state import Module, UploadedVersion, Worker

__all__ = ["Upload", "read"]

_LARGEST_METADATA = 1 << 20
_SECRET = "secret_text"  # noqa: S105 -- the name of a kind of binding


class Upload:
    """What was uploaded, before it is a version."""

    def __init__(self, metadata: Mapping[str, Any], modules: list[Module]) -> None:
        self.metadata = metadata
        self.modules = modules

    @property
    def migrations(self) -> dict[str, Any]:
        """The Durable Object migrations in it, empty if there are none."""
        return self.metadata.get("migrations") or {}

    @property
    def buckets(self) -> list[str]:
        """The R2 buckets that it binds."""
        found = self.metadata.get("bindings", [])
        return [each["bucket_name"] for each in found if each["type"] == "r2_bucket"]

    def version(self, worker: Worker) -> UploadedVersion:
        """Return the version that it makes of a Worker, with what it inherits from the latest."""
        given = [dict(each) for each in self.metadata.get("bindings", [])]
        secrets = {each["name"]: each["text"] for each in given if each["type"] == _SECRET}
        latest = worker.versions[-1] if worker.versions else None
        if latest and self._keeps_secrets(given):
            secrets = latest.secrets | secrets
        return UploadedVersion(
            number=len(worker.versions) + 1,
            main_module=str(self.metadata.get("main_module") or ""),
            modules=self.modules or (latest.modules if latest else []),
            bindings=[_bound(each, worker) for each in given if each["type"] not in _NOT_KEPT],
            secrets=secrets,
            compatibility_date=str(self.metadata.get("compatibility_date", "")),
            compatibility_flags=list(self.metadata.get("compatibility_flags") or []),
            annotations=_annotations(self.metadata),
        )

    def _keeps_secrets(self, given: list[dict[str, Any]]) -> bool:
        kept = self.metadata.get("keep_bindings") or []
        return _SECRET in kept or any(each["type"] == "inherit" for each in given)


_NOT_KEPT = {_SECRET, "inherit"}


async def read(ask: Ask) -> Upload:
    """Read the body of an upload.

    Raises:
        RefusedError: It has no metadata, or they cannot be read.
    """
    async with ask.request.form(max_part_size=_LARGEST_METADATA) as form:
        metadata = await _text(form.get("metadata"))
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        modules = [await _module(file) for file in files if file.filename]
    try:
        found = json.loads(metadata)
    except ValueError as error:
        raise refusals.BAD_UPLOAD.because("metadata that are no JSON") from error
    if not isinstance(found, dict):
        raise refusals.BAD_UPLOAD.because("metadata that are no object")
    return Upload(found, modules)


async def _text(part: UploadFile | str | None) -> str:
    if isinstance(part, UploadFile):
        return (await part.read()).decode()
    return part or ""


async def _module(file: UploadFile) -> Module:
    kind = file.content_type or "application/octet-stream"
    return Module(name=str(file.filename), content_type=kind, content=await file.read())


def _annotations(metadata: Mapping[str, Any]) -> dict[str, str]:
    given = metadata.get("annotations") or {}
    return {key: str(value) for key, value in given.items() if value is not None}


def _bound(binding: dict[str, Any], worker: Worker) -> dict[str, Any]:
    """Return a binding as it is kept: Durable Objects with the namespace of their class.

    Raises:
        RefusedError: The class has none.
    """
    if binding["type"] != "durable_object_namespace" or binding.get("script_name"):
        return binding
    namespace = worker.namespaces.get(binding["class_name"])
    if namespace is None:
        raise refusals.NO_CLASS.because(binding["class_name"])
    return {**binding, "namespace_id": namespace}
