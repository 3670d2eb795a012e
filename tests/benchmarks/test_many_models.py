"""The hot model is held against itself, the others against their limit."""

from benchmarks.many_models.targets import IN_MEMORY, LIMIT, LOADING, verdicts
from benchmarks.many_models.turns import ALONE, AMONG, PASSING, Turn
from benchmarks.serving.wrk import Counted


def _turns(*p99s, estimated):
    return [
        Turn(
            hot=Counted(requests=1, p50=1, p99=p99),
            resident=1,
            loaded=1,
            estimated=estimated,
            evictions=0,
        )
        for p99 in p99s
    ]


def test_verdicts_divide_the_turns_of_each_round():
    turns = {
        ALONE: _turns(1, 2, estimated=0.1),
        AMONG: _turns(1.1, 2.2, estimated=60),
        PASSING: _turns(1.5, 4, estimated=15),
    }
    told = {one.sentence: one for one in verdicts(turns, limit=16)}
    assert [told[one.sentence].met for one in (IN_MEMORY, LOADING, LIMIT)] == [True, False, True]
    assert told[LOADING.sentence].figure.least == 1.5
    assert told[LIMIT.sentence].figure.median == 15 / 16


def test_models_above_their_limit_are_a_miss():
    turns = dict.fromkeys((ALONE, AMONG, PASSING), _turns(1, estimated=17))
    assert verdicts(turns, limit=16)[-1].met is False
