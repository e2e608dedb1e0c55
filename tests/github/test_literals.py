import pytest

from harness.github.workflow_literals import literals
from tests.github.conftest import Write


@pytest.mark.parametrize(
    "step",
    [
        "{run: x, env: {API_TOKEN: 3f786850e387550fdab836ed7e6dc881de23001b}}",
        '{run: x, env: {API_TOKEN: "${{ vars.TOKEN }}"}}',
        "{uses: a/b@v1, with: {password: hunter2hunter2}}",
        '{run: "login ghp_0123456789abcdefghijABCDEFGHIJ012345"}',
        "{run: x, env: {ANY: AKIA0123456789ABCDEF}}",
        "{run: export API_TOKEN=v1f00ba2b1f00ba2 && ship}",
        "{run: API_TOKEN=v1f00ba2b1f00ba2 ship}",
        "{run: 'ship --api-token v1f00ba2b1f00ba2'}",
        "{run: 'ship --password=hunter2hunter2'}",
        "{run: 'curl -H \"Authorization: Bearer v1f00ba2b1f00ba2b1f0\"'}",
        "{run: \"cat > .env <<'E'\\nAPI_TOKEN=v1f00ba2b1f00ba2\\nE\\nship\"}",
        '{run: "export API_TOKEN=${{ vars.TOKEN }}"}',
    ],
)
def test_a_credential_that_is_written_out_is_seen(workflow: Write, step: str) -> None:
    found = workflow(f"on: push\njobs: {{a: {{steps: [{step}]}}}}")
    assert len(list(literals(found))) == 1


@pytest.mark.parametrize(
    "step",
    [
        '{run: x, env: {API_TOKEN: "${{ secrets.A }}"}}',
        "{uses: a/b@v1, with: {persist-credentials: false, password: }}",
        '{run: x, env: {URL: "${{ vars.URL }}", TOKEN_FILE: /run/token}}',
        "{run: x, env: {REVISION: 3f786850e387550fdab836ed7e6dc881de23001b}}",
        "{run: 'export API_TOKEN=$T && ship --token \"$TOKEN1\" --password-stdin'}",
        "{run: 'docker build --secret id=npm_token1 . && vault get --secret my-secret-v2'}",
        "{run: 'export API_TOKEN=$(vault read1) REVISION=3f786850e387550fdab8'}",
        "{run: 'curl -H \"Authorization: Bearer $TOKEN_OF_2026_AND_LATER\"'}",
        '{run: "cat > .env <<E\\nAPI_TOKEN=$T\\nE\\nship"}',
    ],
)
def test_what_is_no_credential_is_not_taken_for_one(workflow: Write, step: str) -> None:
    assert not list(literals(workflow(f"on: push\njobs: {{a: {{steps: [{step}]}}}}")))


def of_job(workflow: Write, job: str) -> list[str]:
    found = workflow(f"on: push\njobs:\n  a:\n    {job}\n    steps: [{{run: ls}}]")
    return list(literals(found))


@pytest.mark.parametrize(
    ("job", "name"),
    [
        (
            "container: {image: a/b, credentials: {username: me, password: hunter}}",
            "container.credentials.password",
        ),
        (
            "services: {db: {image: a/b, credentials: {username: me, password: x}}}",
            "services.db.credentials.password",
        ),
        (
            "services: {db: {image: a/b, credentials: {password: '${{ vars.X }}'}}}",
            "services.db.credentials.password",
        ),
        ("container: {image: a, env: {PGPASSWORD: hunter2hunter2}}", "container.env: PGPASSWORD"),
        (
            "services: {db: {image: a, env: {API_TOKEN: v1f00ba2b1f00ba2}}}",
            "services.db.env: API_TOKEN",
        ),
        (
            "services: {db: {image: a, env: {PASSWORD: AKIA0123456789ABCDEF}}}",
            "services.db.env: PASSWORD",
        ),
    ],
)
def test_one_that_a_container_is_given_is_seen(workflow: Write, job: str, name: str) -> None:
    assert of_job(workflow, job) == [f"deploy.yml: job a: {name}"]


@pytest.mark.parametrize(
    "job",
    [
        "container: node:22",
        "container: {image: a, env: {LOG: debug1234}}",
        "container: {image: a/b, credentials: {password: '${{ secrets.X }}'}}",
        # A database that lives and dies with the job is made with this password.
        "services: {db: {image: postgres, env: {POSTGRES_PASSWORD: hunter2hunter2}}}",
    ],
)
def test_what_opens_nothing_but_the_jobs_own_service_is_none(workflow: Write, job: str) -> None:
    assert not of_job(workflow, job)
