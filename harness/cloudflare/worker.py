"""One Worker and its container, asked and changed through the API as wrangler does it."""

from collections.abc import Sequence
from typing import Any

from harness.cloudflare.api import Api, ApiError
from harness.cloudflare.serving import Live
from harness.cloudflare.settings import Settings

__all__ = ["SECRETS_CHANGED", "Worker"]

SECRETS_CHANGED = 10220
"""Cloudflare's code for: this version was uploaded before a secret was changed."""


class Worker:
    """A Worker of an account.

    Args:
        api: The account's API.
        name: The Worker's name.
        application: The name of its container application.
    """

    def __init__(self, api: Api, name: str, application: str) -> None:
        self._api = api
        self._script = f"workers/scripts/{name}"
        self._application_name = application
        self.name = name

    @classmethod
    def of(cls, api: Api, settings: Settings) -> "Worker":
        """Return an environment's Worker."""
        return cls(api, settings.worker, settings.application)

    def live(self) -> Live | None:
        """Return what is deployed, or None if this Worker never was.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came.
        """
        deployed = self._deployed()
        return Live(versions=deployed[0], **self._container()) if deployed else None

    def tag_of(self, version: str) -> str:
        """Return the tag that a version was uploaded with: a release's name, if it is ours."""
        return str(self._annotations(version).get("workers/tag", ""))

    def base_of(self, version: str) -> str:
        """Return the version that secrets were added to to make this one; itself if none was.

        A secret goes into what is live, so that is what was live before it: as far as Cloudflare
        remembers its deployments.
        """
        served = [Live(versions=it).version for it in self._deployed()]
        known = served[served.index(version) :] if version in served else [version]
        uploaded = (it for it in known if self._cause_of(it) != "secret")
        return next(uploaded, known[-1])

    def newest_of(self, release: str) -> str:
        """Return the newest version that a release uploaded; empty if there is none."""
        found = self._api.find(f"{self._script}/versions") or {}
        tagged = [
            it["id"]
            for it in found.get("items") or []
            if (it.get("annotations") or {}).get("workers/tag") == release
        ]
        return tagged[0] if tagged else ""

    def serve(self, shares: Sequence[tuple[str, float]], why: str) -> list[str]:
        """Deploy versions that were uploaded, each with its share in percent.

        Returns:
            The secrets that have changed since and have their old values again, if any.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came.
        """
        body = {
            "strategy": "percentage",
            "versions": [{"version_id": version, "percentage": share} for version, share in shares],
            "annotations": {"workers/message": why},
        }
        try:
            self._api.tell("POST", f"{self._script}/deployments", body)
        except ApiError as error:
            if SECRETS_CHANGED not in error.codes:
                raise
            self._api.tell("POST", f"{self._script}/deployments", body, force="true")
            return [error.message.rpartition("changed:")[2].partition("[code")[0].strip()]
        return []

    def roll_out(self, image: str) -> None:
        """Have the container run another image at once, on all its instances.

        Raises:
            ApiError: Cloudflare refuses, or there is no container.
            UnreachableError: No usable answer came.
        """
        application = self._application()
        wanted = {**application["configuration"], "image": image}
        at = f"containers/applications/{application['id']}"
        self._api.tell("PATCH", at, {"configuration": wanted})
        rollout = {
            "description": "Progressive update",
            "strategy": "rolling",
            "kind": "full_auto",
            "step_percentage": 100,
            "target_configuration": wanted,
        }
        self._api.tell("POST", f"{at}/rollouts", rollout)

    def remove(self) -> list[str]:
        """Have neither it nor its container be there, and return what was.

        Raises:
            ApiError: Cloudflare refuses.
            UnreachableError: No usable answer came.
        """
        # Without force it would stay for the sake of its Durable Objects.
        removed = [f"Worker {self.name}"] if self._api.remove(self._script, force="true") else []
        found = self._find_application()
        if found and self._api.remove(f"containers/applications/{found['id']}"):
            removed.append(f"container application {self._application_name}")
        return removed

    def secrets(self) -> list[str]:
        """Return the names of its secrets."""
        return [str(it["name"]) for it in self._api.find(f"{self._script}/secrets") or []]

    def migration(self) -> str:
        """Return the tag of the last Durable Object migration that it went through."""
        service = self._api.find(f"workers/services/{self.name}") or {}
        script = (service.get("default_environment") or {}).get("script") or {}
        return str(script.get("migration_tag") or "")

    def _deployed(self) -> list[tuple[tuple[str, float], ...]]:
        """Return the versions of the last deployments with their shares, the newest first."""
        found = self._api.find(f"{self._script}/deployments") or {}
        return [
            tuple((each["version_id"], float(each["percentage"])) for each in it["versions"])
            for it in found.get("deployments") or []
        ]

    def _cause_of(self, version: str) -> str:
        """Return what made a version: `upload`, `secret` and the like."""
        return str(self._annotations(version).get("workers/triggered_by", ""))

    def _annotations(self, version: str) -> dict[str, Any]:
        found = self._api.find(f"{self._script}/versions/{version}") or {}
        return found.get("annotations") or {}

    def _container(self) -> dict[str, Any]:
        found = self._find_application()
        if found is None:
            return {}
        return {
            "application": found["id"],
            "image": found["configuration"]["image"],
            "changes": int(found.get("version") or 0),
        }

    def _application(self) -> dict[str, Any]:
        found = self._find_application()
        if found is None:
            missing = [(0, f"there is no container application {self._application_name}")]
            raise ApiError(f"a rollout for {self.name}", 404, missing)
        return found

    def _find_application(self) -> dict[str, Any] | None:
        found = self._api.ask("containers/applications") or []
        return next((it for it in found if it["name"] == self._application_name), None)
