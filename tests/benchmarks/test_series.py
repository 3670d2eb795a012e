import pytest

from benchmarks.series import POD_SECONDS, SeriesBatch, cluster_growth, cluster_seconds, growth


@pytest.mark.parametrize(
    ("series", "waves"),
    [pytest.param(10, 1, id="all at once"), pytest.param(11, 2, id="one too many")],
)
def test_cluster_seconds_count_waves_of_pods(series, waves):
    assert cluster_seconds(series, pods=10, per_pod=1, work=3) == waves * (POD_SECONDS + 3)


@pytest.mark.parametrize(
    ("series", "largest"),
    [
        pytest.param(4, 1, id="few"),
        pytest.param(10, 1, id="as many"),
        pytest.param(95, 10, id="many"),
    ],
)
def test_cluster_seconds_of_all_pods_at_once_are_those_of_the_largest_shard(series, largest):
    assert cluster_seconds(series, pods=10, per_pod=0, work=3) == POD_SECONDS + largest * 3


def test_cluster_seconds_of_large_shards_are_one_wave_each():
    assert cluster_seconds(30, pods=2, per_pod=10, work=3) == 2 * (POD_SECONDS + 30)


def test_cluster_growth_is_below_proportion_as_pods_start_once():
    assert 0 < cluster_growth(0.1) < cluster_growth(10.0) < 1


def test_growth_leaves_out_a_single_series():
    batches = [
        SeriesBatch(count=count, seconds=seconds, mebibytes=1, seconds_each=1)
        for count, seconds in ((1, 5.0), (10, 10.0), (100, 100.0))
    ]
    assert growth(batches) == [pytest.approx(1)]
