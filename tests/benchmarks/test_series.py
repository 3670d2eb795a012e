import pytest

from benchmarks.series import POD_SECONDS, SeriesBatch, cluster_seconds, growth


@pytest.mark.parametrize(
    ("series", "waves"),
    [pytest.param(10, 1, id="all at once"), pytest.param(11, 2, id="one too many")],
)
def test_cluster_seconds_count_waves_of_pods(series, waves):
    assert cluster_seconds(series, pods=10, steps=2, work=3) == waves * (2 * POD_SECONDS + 3)


def test_growth_leaves_out_a_single_series():
    batches = [
        SeriesBatch(count=count, seconds=seconds, mebibytes=1, seconds_each=1)
        for count, seconds in ((1, 5.0), (10, 10.0), (100, 100.0))
    ]
    assert growth(batches) == [pytest.approx(1)]
