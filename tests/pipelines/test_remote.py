"""Uploading, running and scheduling, so that each can be repeated."""

from dataclasses import replace

import pytest

from pipelines.client import KubeflowClient
from pipelines.compiled import compile_pipeline
from pipelines.errors import KubeflowError, PipelineStepError, PipelineUnknownError
from pipelines.kubeflow import Run, StepState
from pipelines.remote import find_run, reschedule, run_and_wait, unschedule, upload, with_logs
from tests.support.kubeflow import MemoryKubeflow

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1'
RUN = Run("run-1", "a run", "FAILED",
          (StepState("1", "load", "SUCCEEDED"), StepState("2", "train", "FAILED")))  # fmt: skip


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return compile_pipeline("milk_price", tmp_path_factory.mktemp("build"))


@pytest.fixture
def changed(compiled, tmp_path):
    path = tmp_path / "milk_price.yaml"
    path.write_text(compiled.path.read_text().replace("at once", "at last").replace("0.2", "0.25"))
    return replace(compiled, path=path)


def states(kubeflow, compiled):
    heard = []
    run = run_and_wait(kubeflow, compiled, {"gap": 2}, name="a run", poll=0,
                       announce=lambda step, state: heard.append((step, state)))  # fmt: skip
    return run, heard


def test_upload_new_pipeline_makes_its_first_version(compiled):
    kubeflow = MemoryKubeflow()
    done = upload(kubeflow, compiled)
    assert done.new
    assert [version.name for version in kubeflow.versions("milk-price")] == ["milk-price"]


def test_upload_again_makes_nothing(compiled):
    kubeflow = MemoryKubeflow()
    first = upload(kubeflow, compiled)
    again = upload(kubeflow, compiled)
    assert not again.new
    assert again.version == first.version


def test_upload_changed_file_makes_one_version_named_by_its_hash(compiled, changed):
    kubeflow = MemoryKubeflow()
    upload(kubeflow, compiled)
    assert [upload(kubeflow, changed).new for _ in range(2)] == [True, False]
    newest, oldest = kubeflow.versions("milk-price")
    assert newest.name.startswith("milk-price-")
    assert oldest.name == "milk-price"
    assert upload(kubeflow, compiled).version == oldest


def test_run_that_succeeds_before_its_steps_do_is_followed_until_they_have(compiled):
    kubeflow = MemoryKubeflow(
        [
            ("SUCCEEDED", (("train", "RUNNING"),)),
            ("SUCCEEDED", (("train", "RUNNING"),)),
            ("SUCCEEDED", (("train", "SUCCEEDED"),)),
        ]
    )
    run, heard = states(kubeflow, compiled)
    assert [step.state for step in run.steps] == ["SUCCEEDED"]
    assert heard == [("train", "RUNNING"), ("train", "SUCCEEDED")]


def test_run_whose_steps_are_never_written_as_over_ends_all_the_same(compiled):
    run, heard = states(MemoryKubeflow([("SUCCEEDED", (("train", "RUNNING"),))]), compiled)
    assert run.state == "SUCCEEDED"
    assert heard == [("train", "RUNNING")]


def test_run_is_followed_to_its_end(compiled):
    kubeflow = MemoryKubeflow(
        [
            ("PENDING", ()),
            ("RUNNING", (("ingest", "RUNNING"), ("train", "PENDING"))),
            ("RUNNING", (("ingest", "RUNNING"), ("train", "PENDING"))),
            ("RUNNING", (("ingest", "SUCCEEDED"), ("train", "RUNNING"))),
            ("SUCCEEDED", (("ingest", "SUCCEEDED"), ("train", "SUCCEEDED"))),
        ]
    )
    run, heard = states(kubeflow, compiled)
    assert run.state == "SUCCEEDED"
    assert heard == [("ingest", "RUNNING"), ("ingest", "SUCCEEDED"),
                     ("train", "RUNNING"), ("train", "SUCCEEDED")]  # fmt: skip
    assert kubeflow.started[run.identity]["arguments"] == {"gap": 2}
    assert kubeflow.asked == []  # no logs


@pytest.mark.parametrize(
    ("state", "steps", "words"),
    [
        pytest.param(
            "FAILED", [("ingest", "FAILED", "nowhere has no a.csv."), ("root", "FAILED")],
            r"step ingest: nowhere has no a\.csv\. The whole", id="with words",
        ),
        pytest.param(
            "FAILED", [("ingest", "SUCCEEDED"), ("train", "FAILED")],
            r"step train: it ended as FAILED\. The whole", id="without words",
        ),
        pytest.param("CANCELED", [], "it ended as CANCELED", id="canceled"),
    ],
)  # fmt: skip
def test_run_that_does_not_succeed_names_the_step_and_the_reason(compiled, state, steps, words):
    with pytest.raises(PipelineStepError, match=words):
        states(MemoryKubeflow([("RUNNING", ()), (state, steps)]), compiled)


def test_run_that_fails_without_the_servers_words_tells_its_logs(compiled):
    kubeflow = MemoryKubeflow(
        [("FAILED", (("ingest", "SUCCEEDED"), ("train", "FAILED"), ("publish", "FAILED")))],
        logs={"train": f"{TRACEBACK}\nKeyError: 'gap'", "publish": f"{TRACEBACK}\nOSError: full"},
    )
    with pytest.raises(PipelineStepError) as caught:
        states(kubeflow, compiled)
    assert str(caught.value) == (
        "milk-price failed in its step train: KeyError: 'gap'. "
        f"The whole log: milkprice pipeline logs {next(iter(kubeflow.started))}"
    )


def test_run_that_fails_is_told_even_if_logs_cannot_be_read(compiled, monkeypatch):
    def refuse(run, step):
        raise KubeflowError(endpoint="there", reason="it answered 403")

    kubeflow = MemoryKubeflow([("FAILED", (("train", "FAILED"),))])
    monkeypatch.setattr(kubeflow, "log", refuse)
    with pytest.raises(PipelineStepError, match=r"step train: it ended as FAILED\."):
        states(kubeflow, compiled)


def test_cached_step_is_announced_though_it_never_ran(compiled):
    kubeflow = MemoryKubeflow([("RUNNING", (("ingest", "CACHED"),)), ("SUCCEEDED", ())])
    assert states(kubeflow, compiled)[1] == [("ingest", "CACHED")]


def test_tell_without_a_step_has_the_logs_of_the_failed_ones():
    kubeflow = MemoryKubeflow(logs={"load": "loaded", "train": f"{TRACEBACK}\nKeyError: 'gap'"})
    load, train = with_logs(kubeflow, RUN).steps
    assert (load.error, load.log) == ("", "")
    assert (train.error, train.log) == ("KeyError: 'gap'", kubeflow.logs["train"])
    assert kubeflow.asked == [("run-1", "train")]


def test_tell_of_a_step_has_its_log_and_still_what_failed_ones_said():
    kubeflow = MemoryKubeflow(logs={"load": "loaded", "train": f"{TRACEBACK}\nKeyError: 'gap'"})
    load, train = with_logs(kubeflow, RUN, step="load").steps
    assert (load.error, load.log) == ("", "loaded")
    assert (train.error, train.log) == ("KeyError: 'gap'", "")


def test_tell_of_an_unknown_step_names_those_there_are():
    with pytest.raises(PipelineUnknownError, match=r"no step 'lod'; .* begun: load, train\."):
        with_logs(MemoryKubeflow(), RUN, step="lod")


def test_reschedule_leaves_one_schedule_of_the_name(compiled):
    kubeflow = MemoryKubeflow()
    kubeflow.schedule(name="other", cron="", pipeline="", version="", arguments={})
    for cron in ("0 0 6 1 * *", "0 0 6 2 * *"):
        made = reschedule(kubeflow, compiled, {}, name="milk-price", cron=cron)
    assert kubeflow.schedules("milk-price") == [made]
    assert kubeflow.recurring[made]["cron"] == "0 0 6 2 * *"
    assert len(kubeflow.schedules("other")) == 1


def test_schedule_whose_run_is_under_way_is_switched_off_and_goes_the_next_time(compiled):
    kubeflow = MemoryKubeflow()
    made = kubeflow.schedule(name="monthly", cron="", pipeline="", version="", arguments={})
    kubeflow.started["run-0"] = {"name": "one", "state": "RUNNING", "schedule": made}
    assert not unschedule(kubeflow, made)
    assert kubeflow.recurring[made]["paused"]
    kubeflow.started["run-0"]["state"] = "SUCCEEDED"
    assert unschedule(kubeflow, made)
    assert kubeflow.recurring == {}


def test_find_run_by_name_identity_or_as_the_last(compiled):
    kubeflow = MemoryKubeflow()
    for name in ("first", "second"):
        run_and_wait(kubeflow, compiled, {}, name=name, announce=lambda *_: None, poll=0)
    identity = next(iter(kubeflow.started))
    assert find_run(kubeflow, "last").name == "second"
    assert find_run(kubeflow, "first").identity == find_run(kubeflow, identity).identity
    with pytest.raises(PipelineUnknownError, match="no run 'third'"):
        find_run(kubeflow, "third")


def test_find_run_by_the_beginning_of_its_identity(compiled):
    kubeflow = MemoryKubeflow()
    kubeflow.started["4c9f279f-b1cd-4d1a"] = {"name": "first"}
    assert find_run(kubeflow, "4c9f279f").name == "first"
    with pytest.raises(PipelineUnknownError):
        find_run(kubeflow, "4c9f")


@pytest.mark.slow
def test_client_without_a_server_says_how_to_name_one():
    with pytest.raises(KubeflowError, match="KF_PIPELINES_ENDPOINT"):
        KubeflowClient("http://127.0.0.1:9", namespace=None, token=None)
