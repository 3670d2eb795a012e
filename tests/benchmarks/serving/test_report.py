import pytest

from benchmarks.serving.closed_loop import ClosedLoopResult
from benchmarks.serving.measurement import Results
from benchmarks.serving.report import targets
from benchmarks.serving.servers import LIMIT, OURS

WORKLOAD = "v1 named x 1"


def _results(*rates):
    return [ClosedLoopResult(throughput=rate, p50=1, p99=1) for rate in rates]


def test_targets_divide_ours_by_the_other_round_by_round():
    closed_loop = {(OURS, WORKLOAD): _results(70, 140), (LIMIT, WORKLOAD): _results(100, 200)}
    results = Results(servers=[], closed_loop=closed_loop)
    (limit,) = (one for one in targets(results) if one.name == "one row, v1, to the limit")
    assert limit.result == "met"
    assert limit.values == pytest.approx([0.7, 0.7])


def test_targets_of_absent_servers_are_not_measured():
    assert {one.result for one in targets(Results(servers=[]))} == {"not measured"}
