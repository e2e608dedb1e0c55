"""A stand-in of an official image: made once on this machine, imported where it is needed."""

from dataclasses import dataclass
from pathlib import Path

import requests
from docker.errors import APIError

from harness.bases import rootfs
from harness.bases.recipe import Recipe, recipe_for
from harness.console import log
from harness.docker.images import inspect
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.locks import locked
from harness.paths import cache_dir

__all__ = ["StandIn"]

_IMPORT_SECONDS = 300


@dataclass(frozen=True)
class StandIn:
    """What is used instead of an official image.

    Attributes:
        image: The official image's name.
        recipe: What the stand-in is made of.
    """

    image: str
    recipe: Recipe

    @classmethod
    def of(cls, image: str) -> "StandIn | None":
        """Return the stand-in of an image, or None if the harness has none."""
        recipe = recipe_for(image)
        return cls(image, recipe) if recipe else None

    @property
    def reference(self) -> str:
        """Its name on an engine."""
        return f"loa-harness/stand-in-{self.recipe.name}:{self.recipe.digest}"

    def provide(self, engine: Engine) -> str:
        """Make and import it, as far as that is not done yet, and return its name on the engine.

        Raises:
            ImageError: It cannot be made here.
        """
        with locked(cache_dir("bases") / "lock"):
            if inspect(engine, self.reference) is None:
                self._import(engine, self._archive())
        return self.reference

    def _archive(self) -> Path:
        path = cache_dir("bases") / f"{self.recipe.name}-{self.recipe.digest}.tar"
        if not path.exists():
            with log.step(f"making a stand-in of {self.image}") as step:
                rootfs.make(self.recipe, path, step.detail)
        return path

    def _import(self, engine: Engine, archive: Path) -> None:
        repository, tag = self.reference.split(":")
        changes = [f"ENV {name}={value}" for name, value in self.recipe.environment]
        changes += ['CMD ["/bin/bash"]', f"LABEL loa-harness.stand-in={self.image}"]
        with log.step(f"importing the stand-in of {self.image}"):
            client = engine.connected(_IMPORT_SECONDS)
            try:
                client.api.import_image_from_file(
                    str(archive), repository=repository, tag=tag, changes=changes
                )
            except (APIError, requests.RequestException) as error:
                raise ImageError(
                    f"the stand-in of {self.image} cannot be imported: {error}",
                    "see `docker system df` for its disk, `harness doctor` for the engine",
                ) from error
            finally:
                client.close()
