import pytest

from benchmarks.serving.closed_loop import ClosedLoopResult
from benchmarks.serving.measurement import Results, ServerRun
from benchmarks.serving.report import targets
from benchmarks.serving.servers import LIMIT, OURS

WORKLOAD = "v1 named x 1"


def _runs(*rates):
    return [
        ServerRun(
            start=1,
            memory=1,
            closed_loop={WORKLOAD: ClosedLoopResult(throughput=rate, p50=1, p99=1)},
        )
        for rate in rates
    ]


def test_targets_divide_ours_by_the_other_round_by_round():
    results = Results(runs={OURS: _runs(70, 140), LIMIT: _runs(100, 200)}, servers=[])
    (limit,) = (one for one in targets(results) if one.name == "one row, v1, to the limit")
    assert limit.met
    assert limit.value.minimum == pytest.approx(0.7)


def test_targets_of_absent_servers_are_not_measured():
    assert {one.met for one in targets(Results(runs={}, servers=[]))} == {None}
