"""Kubeflow's client against what a real Kubeflow 2.17.0 answered."""

import pytest

from pipelines.client import KubeflowClient
from pipelines.errors import KubeflowError
from pipelines.kubeflow import StepState
from pipelines.remote import with_logs
from tests.pipelines.conftest import CACHED, DRIVER_FAILED, FAILED, PIPELINE, RUNNING, SUCCEEDED
from tests.support.kubeflow import NOT_FOUND

ALL = ["identify", "ingest", "clean-macro", "clean-prices", "clean-rainfall", "build-features",
       "split", "train", "evaluate", "publish", "promote"]  # fmt: skip
VERSION = "47f747fb-e35a-4731-99f1-f36682a5d3db"


@pytest.fixture
def client(recorded):
    return KubeflowClient(recorded.endpoint, namespace=None, token="a-token")


def states(run):
    return {step.name: step.state for step in run.steps}


def test_succeeded_run_has_the_pipelines_steps_by_their_start_and_nothing_else(client):
    run = client.run(SUCCEEDED)
    assert run.state == "SUCCEEDED"
    assert [step.name for step in run.steps] == ALL
    assert {step.state for step in run.steps} == {"SUCCEEDED"}
    assert [step.seconds for step in run.steps][:3] == [20, 20, 21]


def test_run_from_the_cache_tells_which_steps_were_not_run(client):
    assert states(client.run(CACHED)) == {
        **dict.fromkeys(ALL, "CACHED"),
        **dict.fromkeys(["identify", "publish", "promote"], "SUCCEEDED"),
    }


def test_running_run_has_the_steps_that_have_begun(client):
    run = client.run(RUNNING)
    assert states(run) == {"identify": "SUCCEEDED", "ingest": "RUNNING"}
    assert [step.seconds for step in run.steps] == [12, None]


def test_failed_run_names_the_step_and_not_what_did_not_begin(client):
    run = client.run(FAILED)
    assert states(run) == {"identify": "FAILED"}


def test_step_that_could_not_be_prepared_is_a_failed_step(client):
    run = client.run(DRIVER_FAILED)
    assert [name for name, state in states(run).items() if state == "FAILED"] == ["build-features"]
    assert "build-features-driver" not in states(run)


def test_spec_is_asked_for_once_a_version(client, recorded):
    for run in (SUCCEEDED, CACHED, FAILED):
        client.run(run)
    assert sum(path.endswith(f"/versions/{VERSION}") for path in recorded.paths()) == 1


def test_run_whose_version_was_deleted_keeps_its_steps_and_its_failure(client, recorded):
    recorded.routes = {("GET", ".*/versions/.+"): NOT_FOUND, **recorded.routes}
    assert set(ALL) <= set(states(client.run(SUCCEEDED)))
    assert len(client.run(SUCCEEDED).steps) < 20
    assert states(client.run(FAILED))["identify"] == "FAILED"


def test_server_that_refuses_the_spec_is_an_error(client, recorded):
    recorded.routes = {("GET", ".*/versions/.+"): (500, b"{}"), **recorded.routes}
    with pytest.raises(KubeflowError, match="it answered 500"):
        client.run(SUCCEEDED)


@pytest.mark.parametrize(
    ("run", "step", "said"),
    [
        pytest.param(
            FAILED, "identify",
            "s3://data/nowhere has no precio_leche.csv; a source is a folder or s3:// prefix with "
            "all three raw files, or the word 'sample' or 'challenge'.", id="own",
        ),
        pytest.param(
            DRIVER_FAILED, "build-features",
            'failed to resolve inputs: resolving parameter "features": evaluation of parameter '
            'expression selector "parseJson(string_value)[\\"features\\"]" failed: evaluation '
            "error: no such key: features", id="not prepared",
        ),
    ],
)  # fmt: skip
def test_failed_step_says_why(client, run, step, said):
    (failed,) = [one for one in with_logs(client, client.run(run)).steps if one.state == "FAILED"]
    assert (failed.name, failed.error) == (step, said)


def test_log_is_that_of_the_last_try_and_asked_for_with_the_token(client, recorded):
    (failed,) = [one for one in client.run(DRIVER_FAILED).steps if one.state == "FAILED"]
    assert len(failed.nodes) == 3
    assert "no such key: features" in client.log(DRIVER_FAILED, failed)
    last = recorded.asked[-1]
    assert last.path.endswith(f"{failed.nodes[-1]}/log")
    assert last.headers["authorization"] == "Bearer a-token"


def test_log_that_the_last_try_lacks_is_that_of_the_one_before(client):
    step = StepState("1", "identify", "FAILED", nodes=("milk-price-vv7hr-3854830655", "lost"))
    assert "SourceFileMissingError" in client.log(FAILED, step)


@pytest.mark.parametrize(
    "answer",
    [pytest.param(None, id="error as 200"), pytest.param((500, b"{}"), id="error")],
)
def test_log_that_is_nowhere_is_empty(client, recorded, answer):
    if answer:
        recorded.routes = {("GET", ".*/log"): answer}
    assert client.log(FAILED, StepState("1", "identify", "FAILED", nodes=("lost", "gone"))) == ""


def test_log_that_the_caller_may_not_read_is_an_error(client, recorded):
    recorded.routes = {("GET", ".*/log"): (403, b"{}")}
    with pytest.raises(KubeflowError, match="it answered 403"):
        client.log(FAILED, StepState("1", "identify", "FAILED", nodes=("one",)))


def test_log_that_is_json_is_a_log(client, recorded):
    recorded.routes = {("GET", ".*/log"): (200, b'{"error_message": "mine"}')}
    step = StepState("1", "identify", "FAILED", nodes=("one",))
    assert client.log(FAILED, step) == '{"error_message": "mine"}'


def test_log_of_a_cached_step_is_not_that_of_the_step_after_it(client, recorded):
    (ingest,) = [one for one in client.run(CACHED).steps if one.name == "ingest"]
    asked = len(recorded.asked)
    assert ingest.nodes
    assert client.log(CACHED, ingest) == ""
    assert len(recorded.asked) == asked


def test_runs_are_one_call_without_steps(client, recorded):
    before = len(recorded.asked)
    runs = client.runs(most=4)
    assert [run.identity for run in runs][:4] == [DRIVER_FAILED, FAILED, CACHED, SUCCEEDED]
    assert [run.state for run in runs][:4] == ["FAILED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert {run.steps for run in runs} == {()}
    (asked,) = recorded.asked[before:]
    assert asked.query["page_size"] == ["4"]
    assert asked.query["sort_by"] == ["created_at desc"]


def test_pipeline_is_found_by_its_name(client, recorded):
    assert client.pipeline("milk-price") == PIPELINE
    recorded.routes = {("GET", ".*/pipelines"): "nothing.json"}
    assert client.pipeline("milk-price") is None


def test_versions_are_those_of_all_pages(client):
    names = [version.name for version in client.versions(PIPELINE)]
    assert names == ["milk-price", "milk-price-2e1f018196b1", "milk-price-7ecb07455652"]


def test_schedule_says_what_when_and_that_missed_times_are_not_made_up_for(client, recorded):
    made = client.schedule(
        name="recording", cron="0 0 6 2 * *", pipeline=PIPELINE, version=VERSION,
        arguments={"gap": 2},
    )  # fmt: skip
    body = next(one.body for one in recorded.asked if one.method == "POST")
    assert body["trigger"] == {"cron_schedule": {"cron": "0 0 6 2 * *"}}
    assert body["runtime_config"] == {"parameters": {"gap": 2}}
    assert body["pipeline_version_reference"]["pipeline_version_id"] == VERSION
    assert body["no_catchup"] is True
    assert made in client.schedules("recording")


def test_schedules_are_those_of_the_name_on_all_pages(client):
    assert len(client.schedules("recording")) == 2
    assert client.schedules("other") == []


def test_run_of_a_schedule_says_whose_it_is(client):
    assert client.runs(most=10)[-1].schedule == "8fba3d72-8ef0-48d1-8419-b298fdb63aba"
    assert client.runs(most=10)[0].schedule == ""


def test_recurring_run_is_switched_off_and_deleted(client, recorded):
    client.pause("71acf2f0")
    assert "/apis/v2beta1/recurringruns/71acf2f0:disable" in recorded.paths("POST")
    client.unschedule("71acf2f0")
    assert recorded.paths("DELETE") == ["/apis/v2beta1/recurringruns/71acf2f0"]


def test_run_that_is_not_there_is_an_error_with_the_servers_answer(client):
    with pytest.raises(KubeflowError, match="it answered 404 Not Found"):
        client.run("nothing")
