"""Everything that the loopback Cloudflare refuses, with its code and where that is from."""

from dataclasses import dataclass

from harness.cloudflare.rehearsal.marks import Mark

__all__ = ["REFUSALS", "Refusal", "RefusedError"]

REFUSALS: list["Refusal"] = []


@dataclass(frozen=True)
class Refusal:
    """One way to be refused; `{}` in its words is filled in where it is raised."""

    status: int
    code: int
    words: str
    mark: Mark

    def __post_init__(self) -> None:
        REFUSALS.append(self)

    def because(self, *details: object) -> "RefusedError":
        """Return the error to raise."""
        return RefusedError(self, self.words.format(*details))


class RefusedError(Exception):
    """The API refuses."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


INVALID_TOKEN = Refusal(401, 1000, "Invalid API Token", Mark.DOCUMENTED)
INVALID_ACCESS = Refusal(403, 9109, "Invalid access token", Mark.DOCUMENTED)
FOREIGN_ACCOUNT = Refusal(403, 9109, "Unauthorized to access requested resource", Mark.DOCUMENTED)
NOT_ALLOWED = Refusal(403, 10000, "Authentication error", Mark.DOCUMENTED)
CONTAINERS_NOT_ALLOWED = Refusal(401, 10000, "Unauthorized", Mark.DOCUMENTED)
NO_ROUTE = Refusal(404, 7003, "Could not route to {}, perhaps it is invalid", Mark.DOCUMENTED)
INTERNAL = Refusal(500, 10013, "workers.api.error.unknown: {}", Mark.INVENTED)

NO_WORKER = Refusal(404, 10007, "This Worker does not exist on your account.", Mark.MEASURED)
NO_SERVICE = Refusal(404, 10090, "workers.api.error.service_not_found", Mark.MEASURED)
NO_VERSION = Refusal(404, 10216, "The requested Worker version could not be found.", Mark.INVENTED)
BAD_UPLOAD = Refusal(400, 10001, "Unable to parse the upload: {}", Mark.INVENTED)
STARTUP_FAILED = Refusal(400, 10021, "{}", Mark.MEASURED)
BAD_SHARES = Refusal(400, 10014, "The percentages add up to {}, not to 100.", Mark.INVENTED)
NO_CLASS = Refusal(
    400,
    10061,
    "Cannot create binding for class '{}' because it is not currently configured to implement "
    "Durable Objects.",
    Mark.DOCUMENTED,
)
WRONG_TAG = Refusal(
    412, 10079, "Migration tag precondition failed; current tag is {}", Mark.DOCUMENTED
)
MIGRATION_PENDING = Refusal(
    400,
    10211,
    "Version upload failed. You attempted to upload a version of a Worker that includes a Durable "
    "Object migration, but migrations must be fully applied via a non-versioned deployment.",
    Mark.DOCUMENTED,
)
NOT_LATEST = Refusal(
    400,
    10215,
    "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker "
    "isn't currently deployed.",
    Mark.DOCUMENTED,
)
SECRET_CHANGED = Refusal(
    400,
    10220,
    "A secret has changed since this version was active. If you are sure this is ok, add a "
    "?force=true query parameter to allow the rollback. The following secrets have changed: {}",
    Mark.DOCUMENTED,
)
NO_SECRET = Refusal(404, 10056, "Secret {} not found", Mark.INVENTED)

NO_BUCKET = Refusal(404, 10006, "The specified bucket does not exist.", Mark.MEASURED)
BUCKET_IS_THERE = Refusal(
    409, 10004, "The bucket you tried to create already exists, and you own it.", Mark.DOCUMENTED
)
BUCKET_NOT_EMPTY = Refusal(
    409, 10008, "The bucket you tried to delete is not empty.", Mark.DOCUMENTED
)
BUCKET_NOT_BOUND = Refusal(
    400,
    10085,
    "R2 bucket '{}' not found. Please use a different name and try again.",
    Mark.DOCUMENTED,
)

NO_APPLICATION = Refusal(404, 1000, "APPLICATION_NOT_FOUND", Mark.INVENTED)
APPLICATION_IS_THERE = Refusal(400, 1000, "DURABLE_OBJECT_ALREADY_HAS_APPLICATION", Mark.INVENTED)
NO_ROLLOUT = Refusal(404, 1000, "ROLLOUT_NOT_FOUND", Mark.INVENTED)
NO_REGISTRY = Refusal(404, 1000, "IMAGE_REGISTRY_NOT_FOUND", Mark.INVENTED)
