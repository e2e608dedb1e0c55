"""What a handler of the API is given: the request, the state, and the edge to change."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.cloud import Cloud
from harness.cloudflare.rehearsal.state import State, Worker

__all__ = ["Ask"]


@dataclass(frozen=True)
class Ask:
    """One call of the API."""

    request: Request
    cloud: Cloud

    @property
    def state(self) -> State:
        """What the account holds."""
        return self.cloud.state

    def name(self, key: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[key])

    def query(self, key: str) -> str:
        """Return a parameter of the query, empty if it is not there."""
        return self.request.query_params.get(key, "")

    async def json(self) -> Any:  # noqa: ANN401 -- whatever the client sent
        """Return the body.

        Raises:
            RefusedError: It is no JSON.
        """
        try:
            return await self.request.json()
        except ValueError as error:
            raise refusals.BAD_UPLOAD.because("no JSON") from error

    def worker(self) -> Worker:
        """Return the Worker that the path names.

        Raises:
            RefusedError: There is none.
        """
        found = self.state.workers.get(self.name("script"))
        if found is None:
            raise refusals.NO_WORKER.because()
        return found
