"""Cloudflare's image registry: what is there, and how an image gets there with its digest."""

import os
from contextlib import suppress
from typing import Any

import httpx
import stamina

from harness.cloudflare.api import Api
from harness.console import log
from harness.docker import imagetools
from harness.docker.login import login
from harness.docker.push import push
from harness.docker.revision import REVISION_LABEL
from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = ["HOST", "Registry"]

HOST = "CLOUDFLARE_CONTAINER_REGISTRY"
_CLOUDFLARE = "registry.cloudflare.com"
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
# What a tag may stand for too, since an older buildx puts an index above the manifest.
_ANY = (
    f"{_MANIFESTS}, application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json"
)
_MINUTES = 15
# How a registry answers that removes nothing by a tag, but only by what that stands for.
_NO_TAGS = {httpx.codes.BAD_REQUEST, httpx.codes.METHOD_NOT_ALLOWED}


class _RefusedError(ImageError):
    """The registry refused a request; `status` is its answer's."""

    def __init__(self, host: str, status: int) -> None:
        super().__init__(f"the registry {host} answers HTTP {status}", "see `harness preflight`")
        self.status = status


class Registry:
    """The account's part of the registry.

    Args:
        api: The account's API, which gives logins of a few minutes.
        repository: The image's name there.
        tag: What each image that comes there is tagged with; else its commit or digest.
    """

    def __init__(self, api: Api, repository: str, *, tag: str = "") -> None:
        self._api = api
        self._tag = tag
        self._host = os.environ.get(HOST, _CLOUDFLARE)
        self._path = f"{api.account}/{repository}"
        self._login: tuple[str, str] | None = None

    def name(self, digest: str) -> str:
        """Return an image's full name."""
        return f"{self._host}/{self._path}@{digest}"

    def login(self) -> tuple[str, str]:
        """Return user name and password, good for a quarter of an hour.

        Raises:
            ApiError: The token may not push images.
            UnreachableError: No usable answer came.
        """
        if self._login is None:
            wanted = {"expiration_minutes": _MINUTES, "permissions": ["pull", "push"]}
            at = f"containers/registries/{self._host}/credentials"
            found = self._api.tell("POST", at, wanted)
            log.protect(found["password"])
            self._login = (str(found["username"]), str(found["password"]))
        return self._login

    def has(self, digest: str) -> bool:
        """Whether the registry has an image of that digest or tag.

        Raises:
            ImageError: It cannot be asked.
        """
        return self._get(f"manifests/{digest}") is not None

    def keep(self, digest: str) -> bool:
        """Have an image that is there be kept for us, and return whether it is there at all.

        Where all that comes there has one tag, another tag's image would go when that one does.

        Raises:
            ImageError: The registry cannot be asked, or refuses.
        """
        if not self.has(digest):
            return False
        if self._tag and self._meant_by(self._tag) != digest:
            found = self._asked("GET", f"{self._path}/manifests/{digest}")
            if found is None:
                return False
            kind = found.headers.get("Content-Type", "")
            self._asked("PUT", f"{self._path}/manifests/{self._tag}", (kind, found.content))
        return True

    def lacks(self, image: str) -> bool:
        """Whether an image that belongs there, by its full name, is not there.

        Raises:
            ImageError: It cannot be asked.
        """
        ours = f"{self._host}/{self._path}"
        if not image.startswith((f"{ours}@", f"{ours}:")):
            return False  # of another repository, of which we know nothing
        return not self.has(image.removeprefix(ours)[1:])

    def revision(self, digest: str) -> str:
        """Return the commit that an image says it is of; empty if it says none.

        Raises:
            ImageError: It is not there, is no image of one platform, or cannot be asked.
        """
        manifest = self._get(f"manifests/{digest}")
        if manifest is None:
            raise ImageError(f"{self.name(digest)} is not in the registry", "push it first")
        if "config" not in manifest:
            raise ImageError(
                f"{self.name(digest)} is no image of one platform",
                "name the platform's digest, as `harness image verify` prints it",
            )
        config = self._get(f"blobs/{manifest['config']['digest']}") or {}
        labels = (config.get("config") or {}).get("Labels") or {}
        return str(labels.get(REVISION_LABEL, ""))

    def copy(self, source: str) -> str:
        """Copy an image that is named by its digest from another registry, byte by byte.

        Returns:
            Its digest, which is the same.

        Raises:
            ImageError: It cannot be read there, or not be written here.
        """
        digest = source.rpartition("@")[2]
        target = f"{self._host}/{self._path}:{self._tag or digest.removeprefix('sha256:')[:12]}"
        with login(self._host, *self.login(), others=True):
            imagetools.copy(source, target)
        if not self.has(digest):
            raise ImageError(f"{source} could not be copied: another digest arrived", "try again")
        return digest

    def push(self, engine: Engine, image: str, tag: str) -> str:
        """Push an image of an engine, and return its digest.

        Raises:
            ImageError: The registry does not take it.
        """
        repository, tag = f"{self._host}/{self._path}", self._tag or tag
        engine.client.images.get(image).tag(repository, tag)
        try:
            return push(engine, f"{repository}:{tag}", login=self.login())
        finally:
            engine.client.images.remove(f"{repository}:{tag}")

    def remove(self, tag: str) -> list[str]:
        """Have no image be there under a tag, and return the name of the one that was.

        Raises:
            ImageError: The registry refuses.
        """
        digest = self._meant_by(tag)
        if not digest:
            return []
        name = f"{self._path.rpartition('/')[2]}:{tag}"
        try:
            self._asked("DELETE", f"{self._path}/manifests/{tag}")
        except _RefusedError as error:
            if error.status not in _NO_TAGS:
                raise
            others = self._others_for(digest, tag)
            if others:
                log.note(f"{name} stays, for {' and '.join(others)} is the same image")
                return []
            self._asked("DELETE", f"{self._path}/manifests/{digest}")
        # As wrangler does it; the layers are gone at some time without it.
        with suppress(ImageError):
            self._asked("PUT", "gc/layers")
        return [f"image {name}"]

    def _meant_by(self, tag: str) -> str:
        """Return the digest that a tag stands for; empty if it stands for nothing."""
        found = self._asked("HEAD", f"{self._path}/manifests/{tag}")
        return found.headers.get("Docker-Content-Digest", "") if found is not None else ""

    def _others_for(self, digest: str, tag: str) -> list[str]:
        """Return the tags besides one that stand for a digest too."""
        known = (self._get("tags/list") or {}).get("tags") or []
        return [it for it in known if it != tag and self._meant_by(it) == digest]

    def _get(self, path: str) -> dict[str, Any] | None:
        """Return a manifest or a configuration, or None if the registry has it not."""
        answer = self._asked("GET", f"{self._path}/{path}")
        if answer is None:
            return None
        try:
            return dict(answer.json())
        except (ValueError, TypeError) as error:
            raise ImageError(
                f"what answers at {self._host} is no registry of images",
                f"see whether a proxy is between, and {HOST}",
            ) from error

    def _asked(
        self, method: str, path: str, manifest: tuple[str, bytes] | None = None
    ) -> httpx.Response | None:
        """Return what the registry answers, or None if it has nothing there.

        Args:
            method: The method.
            path: The path, below that of the API's version.
            manifest: What is put there: its type and itself.

        Raises:
            ImageError: It refuses, or no usable answer came.
        """
        try:
            answer = self._sent(method, path, manifest)
        except httpx.HTTPError as error:
            raise ImageError(
                f"the registry {self._host} gives no usable answer ({_reason(error)})", "try again"
            ) from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise _RefusedError(self._host, answer.status_code)
        return answer

    @stamina.retry(on=httpx.HTTPError, attempts=5)
    def _sent(self, method: str, path: str, manifest: tuple[str, bytes] | None) -> httpx.Response:
        """Send a request, and again while what went wrong may pass."""
        scheme = "http" if self._host.startswith("127.") else "https"
        kind, content = manifest or ("", None)
        answer = httpx.request(
            method,
            f"{scheme}://{self._host}/v2/{path}",
            auth=self.login(),
            content=content,
            headers={
                "Accept": _MANIFESTS if method == "GET" else _ANY,
                **({"Content-Type": kind} if kind else {}),
            },
            follow_redirects=True,
            timeout=30,
        )
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            answer.raise_for_status()
        return answer


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
