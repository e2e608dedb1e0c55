"""Evidence as a run leaves it, made of the recorded facts, with a failure and a doubt in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.criteria.catalog import Catalog
from harness.criteria.environment import (
    BuildInfo,
    Checkout,
    EngineInfo,
    HarnessInfo,
    ImageInfo,
    LayerInfo,
    Machine,
)
from harness.criteria.evidence import Evidence, Fault, RunInfo
from harness.criteria.judge.every import ALL
from harness.criteria.record import Record
from harness.criteria.verdict import Judgement
from harness.report.merged import Source
from tests.conftest import REPOSITORY

__all__ = ["AT", "CATALOG", "LEFT", "UNCHECKED", "evidence", "written"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CATALOG = Catalog.load(REPOSITORY / "acceptance" / "criteria.toml")
LEFT = ("container.log", "exchange.json", "build-dev.json")
"""What each check leaves that fails."""
UNCHECKED = "G-3.4"
"""A criterion that no run here has a check for."""
_FACTS = REPOSITORY / "tests" / "data" / "facts"
_MACHINE = Machine(
    system="Linux", kernel="6.1", architecture="x86_64", cpus=2, memory_bytes=24 << 30, load=0.4
)
_ENGINE = EngineInfo(
    version="26.1.5",
    origin="the system's",
    storage_driver="overlay2",
    cgroup_version="2",
    rootless=False,
)
_IMAGE = ImageInfo(
    reference="loa-harness/core:1",
    id=f"sha256:{'a' * 64}",
    origin="built",
    layers=(
        LayerInfo(made_by="COPY . /opt/<loa>", bytes=1_200_000),
        LayerInfo(made_by="RUN npm ci", bytes=310_000_000),
        LayerInfo(made_by="", bytes=215_000_000),
        LayerInfo(made_by=f"COPY --chmod=755 {'x' * 140}", bytes=1_719),
    ),
    build=BuildInfo(steps=14, cached=11, seconds=8.25),
)


def evidence(
    failures: dict[str, str] | None = None,
    *,
    only: frozenset[str] = frozenset(),
    age: timedelta = timedelta(0),
) -> Evidence:
    """Return evidence of a run.

    Args:
        failures: Why criteria failed, by their ids, whatever the facts say.
        only: The criteria that were checked; all but `UNCHECKED` if empty.
        age: How long before `AT` it ran.
    """
    record = Record(CATALOG, {})
    for judge in ALL:
        if judge.criterion == UNCHECKED or (only and judge.criterion not in only):
            continue
        check = record.begin(f"acceptance/test_x.py::test_{judge.criterion}", [judge.criterion])
        facts = judge.facts.recorded(_FACTS)
        check.observed[facts.kind()] = facts.model_dump(mode="json")
        check.judged(judge.criterion, judge(facts, CATALOG[judge.criterion].limit))
        check.outcome, check.seconds = Judgement.of(), 1.25
        if judge.criterion in (failures or {}):
            check.judged(judge.criterion, Judgement.of([(failures or {})[judge.criterion]]))
            check.artifacts = tuple(f"run/{judge.criterion}/{name}" for name in LEFT)
    return Evidence(
        run=RunInfo(
            id=f"{AT - age:%Y%m%dT%H%M%SZ}-1",
            state="finished",
            started=AT - age,
            ended=AT - age,
            owner="1/1/1",
            arguments=(),
        ),
        harness=HarnessInfo(version="0.1.0", fingerprint="f" * 64),
        machine=_MACHINE,
        engine=_ENGINE,
        project=Checkout(name="loa", revision="c0ffee" * 6, changed=0, parts={}),
        images={"base": _IMAGE},
        faults=(Fault(criterion="FR-4.1", reason="x", artifacts=("run/up.log",)),)
        if "FR-4.1" in (failures or {})
        else (),
        criteria=record.verdicts(),
    )


def written(directory: Path, *found: Evidence) -> list[Source]:
    """Write evidence as runs do, with the artifacts that it names."""
    directory.mkdir(parents=True, exist_ok=True)
    sources = []
    for one in found:
        path = directory / f"{one.run.id}.json"
        path.write_text(one.model_dump_json(indent=1), encoding="utf-8")
        for name in _artifacts(one):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(f"left as {name}\n", encoding="utf-8")
        sources.append(Source(path, one))
    return sources


def _artifacts(found: Evidence) -> list[str]:
    checks = [check for it in found.criteria for check in it.checks]
    named = [*(it.artifacts for it in checks), *(it.artifacts for it in found.faults)]
    return [name for names in named for name in names]
