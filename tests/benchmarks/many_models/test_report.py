from benchmarks.many_models.report import MEMORY, P99_EVICTING, P99_LOADED, targets
from benchmarks.many_models.scenarios import ALONE, EVICTING, LOADED, ScenarioRun
from benchmarks.serving.closed_loop import ClosedLoopResult


def _runs(*p99s, estimated):
    return [
        ScenarioRun(
            hot=ClosedLoopResult(throughput=1, p50=1, p99=p99),
            resident=1,
            loaded=1,
            estimated=estimated,
            evictions=0,
        )
        for p99 in p99s
    ]


def test_targets_divide_the_runs_of_each_round():
    runs = {
        ALONE: _runs(1, 2, estimated=0.1),
        LOADED: _runs(1.1, 2.2, estimated=60),
        EVICTING: _runs(1.5, 4, estimated=15),
    }
    results = {one.name: one for one in targets(runs, limit=16)}
    assert [results[one.name].met for one in (P99_LOADED, P99_EVICTING, MEMORY)] == [
        True,
        False,
        True,
    ]
    assert results[P99_EVICTING.name].value.minimum == 1.5
    assert results[MEMORY.name].value.median == 15 / 16


def test_targets_memory_above_its_limit_is_missed():
    runs = dict.fromkeys((ALONE, LOADED, EVICTING), _runs(1, estimated=17))
    assert targets(runs, limit=16)[-1].met is False
