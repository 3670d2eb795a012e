from benchmarks.many_models import ALONE, EVICTING, LOADED, ScenarioRun, targets


def _runs(*p99s, estimated):
    unused = dict.fromkeys(ScenarioRun.__dataclass_fields__, 1)
    return [ScenarioRun(**{**unused, "p99": p99, "estimated": estimated}) for p99 in p99s]


def test_targets_divide_the_runs_of_each_round():
    runs = {
        ALONE: _runs(1, 2, estimated=0.1),
        LOADED: _runs(1.1, 2.2, estimated=60),
        EVICTING: _runs(1.5, 4, estimated=15),
    }
    loaded, evicting, memory = targets(runs, limit=16)
    assert loaded.result == "met"
    assert (evicting.result, evicting.values) == ("MISSED", [1.5, 2.0])
    assert (memory.result, memory.values) == ("met", [15 / 16, 15 / 16])


def test_targets_memory_above_its_limit_is_missed():
    runs = dict.fromkeys((ALONE, LOADED, EVICTING), _runs(1, estimated=17))
    assert targets(runs, limit=16)[-1].result == "MISSED"
