"""The Deployment under an InferenceService: whether its rollout is over."""

import pytest

from milkprice.cluster.resources import parse_workload

SETTLED = {"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
STUCK = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}


def workload(status, **spec):
    return parse_workload({"metadata": {"generation": 7}, "spec": {"replicas": 2, **spec},
                        "status": status})  # fmt: skip


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        pytest.param({}, True, id="all new"),
        pytest.param({"observedGeneration": 6}, False, id="not looked at yet"),
        pytest.param({"replicas": 3}, False, id="an old one left"),
        pytest.param({"updatedReplicas": 1}, False, id="one not new"),
        pytest.param({"availableReplicas": 1}, False, id="one does not answer"),
    ],
)
def test_rollout_is_over_when_all_pods_are_new_and_answer(status, settled):
    assert workload({**SETTLED, **status}).settled is settled


def test_workload_that_was_just_made_is_not_settled():
    assert not workload({}).settled


@pytest.mark.parametrize(
    ("seen", "problem"),
    [pytest.param(7, ("ProgressDeadlineExceeded", ""), id="now"),
     pytest.param(6, None, id="of the rollout before")],
)  # fmt: skip
def test_problem_is_that_of_this_rollout(seen, problem):
    assert workload({"observedGeneration": seen, "conditions": [STUCK]}).problem == problem
