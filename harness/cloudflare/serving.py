"""What serves, or shall serve: a Worker version and an image, always named together."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Candidate", "Live", "Serving"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Serving(_Model):
    """One release as it serves.

    Attributes:
        version: The Worker version's id.
        image: The container's image, with its digest.
        revision: The commit that the image says it is of; empty where nobody knows.
    """

    version: str
    image: str
    revision: str = ""


class Candidate(_Model):
    """What is to be released.

    Attributes:
        release: The release's name: its time and commit; the uploaded version carries it as tag.
        commit: The commit of Worker and image.
        image: The image in Cloudflare's registry, with its digest.
        revision: The commit that the image says it is of.
    """

    release: str
    commit: str
    image: str
    revision: str


class Live(_Model):
    """What the API says of a Worker and its container just now.

    Attributes:
        versions: Each version's id that takes part in the deployment, and its share in percent.
        application: The container application's id; empty where there is none.
        image: The image that the application is to run.
        changes: How often the application was changed: another number is another application.
    """

    versions: tuple[tuple[str, float], ...]
    application: str = ""
    image: str = ""
    changes: int = 0

    @property
    def version(self) -> str:
        """The version that users get; the one with the greatest share where there are several."""
        return max(self.versions, key=lambda it: it[1])[0]

    def is_all(self, serving: Serving) -> bool:
        """Whether this release alone is deployed, Worker and image."""
        shares = [it for it in self.versions if it[1] > 0]
        return self.versions == tuple(shares) and self.is_seen(serving)

    def is_seen(self, serving: Serving) -> bool:
        """Whether users get this release and nothing else, whatever stands by at 0 %."""
        seen = [version for version, share in self.versions if share > 0]
        return seen == [serving.version] and self.image == serving.image
