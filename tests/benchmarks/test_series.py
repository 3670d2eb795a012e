import pytest

from benchmarks.jobs import Batch
from benchmarks.series import POD_SECONDS, cluster_seconds, verdicts


@pytest.mark.parametrize(
    ("series", "waves"),
    [pytest.param(10, 1, id="all at once"), pytest.param(11, 2, id="one too many")],
)
def test_cluster_seconds_count_waves_of_pods(series, waves):
    assert cluster_seconds(series, pods=10, steps=2, work=3) == waves * (2 * POD_SECONDS + 3)


def test_verdict_leaves_out_one_series_alone():
    batches = [
        Batch(count=count, seconds=seconds, memory=1, each=1)
        for count, seconds in ((1, 5.0), (10, 10.0), (100, 100.0))
    ]
    assert verdicts(batches)[0].figure.median == pytest.approx(1)
