"""Documents of Kubernetes: whether a rollout is complete."""

import pytest

from milkprice.cluster.resources import parse_workload

COMPLETE = {"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
STUCK = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}


def workload(status, **spec):
    return parse_workload({"metadata": {"generation": 7}, "spec": {"replicas": 2, **spec},
                        "status": status})  # fmt: skip


@pytest.mark.parametrize(
    ("status", "complete"),
    [
        pytest.param({}, True, id="all new"),
        pytest.param({"observedGeneration": 6}, False, id="not observed yet"),
        pytest.param({"replicas": 3}, False, id="an old one left"),
        pytest.param({"updatedReplicas": 1}, False, id="one not new"),
        pytest.param({"availableReplicas": 1}, False, id="one not available"),
    ],
)
def test_workload_is_complete_when_all_pods_are_new_and_available(status, complete):
    assert workload({**COMPLETE, **status}).complete is complete


def test_workload_without_status_is_not_complete():
    assert not workload({}).complete


@pytest.mark.parametrize(
    ("observed", "problem"),
    [pytest.param(7, ("ProgressDeadlineExceeded", ""), id="now"),
     pytest.param(6, None, id="of the rollout before")],
)  # fmt: skip
def test_workload_problem_of_an_earlier_rollout_is_ignored(observed, problem):
    assert workload({"observedGeneration": observed, "conditions": [STUCK]}).problem == problem
