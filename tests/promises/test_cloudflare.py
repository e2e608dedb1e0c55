"""wrangler.jsonc: what docs/worker.md and docs/release.md promise of the two environments."""

import json
import re
from typing import Any

import pytest

from harness.cloudflare.settings import Settings
from harness.criteria.facts.deployment import parse_jsonc
from harness.project import Project
from tests.conftest import REPOSITORY

PLACE = REPOSITORY / "deploy/cloudflare"
PROJECT = Project(REPOSITORY)
NAMES = PROJECT.config.cloudflare
DOCUMENT: dict[str, Any] = parse_jsonc((PLACE / "wrangler.jsonc").read_text(encoding="utf-8"))
OWN = DOCUMENT["env"]
SOURCES = "\n".join(it.read_text(encoding="utf-8") for it in sorted(PLACE.glob("src/*.ts")))


def test_staging_is_production_but_for_its_name() -> None:
    text = json.dumps(OWN[NAMES.staging]).replace("staging", "production")
    assert json.loads(text) == OWN[NAMES.production]
    assert OWN.keys() == {NAMES.staging, NAMES.production}


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_names_are_the_documented_ones(environment: str) -> None:
    found = Settings.read(PROJECT, environment)
    text = (REPOSITORY / "docs/worker.md").read_text(encoding="utf-8")
    for name in (found.worker, found.application, *found.buckets):
        assert f"`{name}`" in text
        assert environment in name
    assert found.application == f"{found.worker}-loacontainer"
    assert OWN[environment]["r2_buckets"][0]["bucket_name"] == f"loa-state-{environment}"


def test_there_is_no_deployment_without_an_environment() -> None:
    bound = {"containers", "durable_objects", "r2_buckets", "version_metadata"}
    assert not bound & DOCUMENT.keys()
    assert DOCUMENT["name"] == "loa"


def test_one_container_of_four_gibibytes_is_switched_at_once() -> None:
    [container] = OWN["production"]["containers"]
    asked = {
        key: container[key] for key in ("instance_type", "max_instances", "rollout_step_percentage")
    }
    assert asked == {
        "instance_type": "standard-1",
        "max_instances": 1,
        "rollout_step_percentage": 100,
    }
    assert (PLACE / container["image"]).resolve() == REPOSITORY / PROJECT.config.image.dockerfile
    assert (PLACE / container["image_build_context"]).resolve() == REPOSITORY


def test_what_is_bound_is_what_the_worker_reads() -> None:
    own = OWN["production"]
    bound = [
        own["durable_objects"]["bindings"][0]["name"],
        own["r2_buckets"][0]["binding"],
        own["version_metadata"]["binding"],
    ]
    declared = re.findall(r"^  ([A-Z]+): ", SOURCES, re.MULTILINE)
    assert sorted(bound) == sorted(declared)
    assert own["version_metadata"] == {"binding": "VERSION"}
    assert all(len(own[it]) == 1 for it in ("containers", "r2_buckets"))


def test_the_container_s_class_is_exported_and_made_once() -> None:
    [binding] = OWN["production"]["durable_objects"]["bindings"]
    [container] = OWN["production"]["containers"]
    name = binding["class_name"]
    assert container["class_name"] == name
    assert f"export class {name} " in SOURCES
    assert DOCUMENT["migrations"] == [{"tag": "v1", "new_sqlite_classes": [name]}]


def test_the_state_is_saved_every_quarter_of_an_hour() -> None:
    assert DOCUMENT["triggers"] == {"crons": ["*/15 * * * *"]}


def test_there_is_one_address_and_no_log_of_whole_addresses() -> None:
    assert (DOCUMENT["workers_dev"], DOCUMENT["preview_urls"]) == (True, False)
    assert DOCUMENT["observability"] == {"enabled": True, "logs": {"invocation_logs": False}}


def test_it_runs_as_it_is_tested() -> None:
    text = (PLACE / "test/support.mjs").read_text(encoding="utf-8")
    assert f'compatibilityDate: "{DOCUMENT["compatibility_date"]}"' in text
    assert (PLACE / DOCUMENT["main"]).is_file()
