import pytest

from benchmarks.serving.results import Results, Turn
from benchmarks.serving.servers import LIMIT, OURS
from benchmarks.serving.targets import verdicts
from benchmarks.serving.wrk import Counted

LOAD = "v1 named x 1"


def _turns(*rates):
    return [
        Turn(start=1, memory=1, loads={LOAD: Counted(requests=rate, p50=1, p99=1)})
        for rate in rates
    ]


def test_verdicts_divide_ours_by_the_others_round_by_round():
    results = Results(turns={OURS: _turns(70, 140), LIMIT: _turns(100, 200)}, contenders=[])
    (limit,) = (one for one in verdicts(results) if one.sentence == "one row, v1, to the limit")
    assert limit.met
    assert limit.figure.least == pytest.approx(0.7)


def test_verdicts_of_servers_that_were_absent_are_not_measured():
    assert {one.met for one in verdicts(Results(turns={}, contenders=[]))} == {None}
