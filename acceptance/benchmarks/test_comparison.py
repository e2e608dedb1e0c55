"""Our reloads beside other people's, in one run on one machine."""

import pytest

from harness.benchmark.contest import Contest
from harness.benchmark.contestant import Table
from harness.benchmark.judge import judge
from harness.benchmark.publish import publish
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage, DevImage
from harness.project import Project
from harness.pytest.run import RUN


@pytest.mark.slow
@pytest.mark.long
def test_a_save_is_live_sooner_than_with_others(
    request: pytest.FixtureRequest,
    checkout: Project,
    engine: Engine,
    base_image: BaseImage,
    dev_image: DevImage,
) -> None:
    """What contestants.toml claims of us holds against what we are compared with."""
    directory = checkout.root / "acceptance" / "benchmarks" / "contestants"
    contest = Contest(
        project=checkout, engine=engine, directory=directory, base=base_image, dev=dev_image
    )
    found = contest.run()
    record = request.config.stash[RUN].file.artifact(request.node.nodeid, "save-to-live.json")
    publish(found, record.parent)
    judgement = judge(found, Table.load(directory / "contestants.toml").claims)
    assert not judgement.reason, f"{judgement.verdict}: {judgement.reason}"
