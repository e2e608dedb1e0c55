"""Whether a push can succeed, asked before there is anything to push."""

import httpx

from harness.console import log
from harness.docker import imagetools
from harness.docker.imagetools import MissingImageError, RefusedError
from harness.docker.login import host_of, is_logged_in, takes_token
from harness.errors import ImageError

__all__ = ["require"]

_SECONDS = 10.0
_HUB, _HUB_HOST = "docker.io", "registry-1.docker.io"


def require(reference: str) -> None:
    """Refuse an image's name that nothing can be pushed under, as far as that can be known.

    Raises:
        ImageError: Its registry cannot be asked, or wants a login and there is none.
    """
    known = is_logged_in(reference)
    try:
        imagetools.manifests(reference)
    except MissingImageError:
        pass
    except RefusedError as error:
        if not known:
            raise _without_login(reference) from error
        # A registry may say the same of what nobody has pushed to it yet.
        log.warn(f"{error.message}, so it may not take it either")
    if not known and _wants_login(host_of(reference)):
        raise _without_login(reference)


def _without_login(reference: str) -> ImageError:
    host = host_of(reference)
    advice = f"`docker login {host}`"
    advice += ", or GITHUB_TOKEN and GITHUB_ACTOR" if takes_token(host) else ""
    return ImageError(f"{reference}: nobody is logged in to {host}, so nothing was built", advice)


def _wants_login(host: str) -> bool:
    """Whether a registry answers nobody without a login; one that this cannot ask may not."""
    scheme = "http" if host.startswith(("127.", "localhost")) else "https"
    try:
        answer = httpx.get(
            f"{scheme}://{_HUB_HOST if host == _HUB else host}/v2/", timeout=_SECONDS
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.UNAUTHORIZED
