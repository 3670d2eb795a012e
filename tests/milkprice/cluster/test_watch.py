"""A canary watched beside the version in use: kept, aborted, undecided, interrupted."""

import pytest

from milkprice.cluster import WatchSettings, start_canary, status, watch_canary
from milkprice.cluster.errors import CanaryNotAbortedError, CanaryRefusedError
from milkprice.cluster.traffic import VersionTraffic
from milkprice.cluster.watch import LOOKS, failure
from milkprice.errors import SettingError
from tests.support.canaries import QUICK, STABLE, settings, spec
from tests.support.cluster import NAMESPACE, httproute, metrics_text
from tests.support.moments import NOON


def limits(**chosen):
    return WatchSettings(**{**QUICK, "seconds": 100.0, "min_requests": 100, **chosen})


@pytest.fixture
def canary(cluster, registry, version, name):
    """Deployment of a canary that has begun."""
    start_canary(cluster, registry, settings())
    return f"milk-price-{name}-predictor"


def watch(cluster, stable, canary, **chosen):
    """Watch pods that export these, look after look."""
    names = [one for _, one in cluster.deployments]
    (own,) = [one for one in names if one != STABLE]
    cluster.counted = {STABLE: [metrics_text(*one) for one in stable],
                       own: [metrics_text(*one) for one in canary]}  # fmt: skip
    pauses = []
    result = watch_canary(cluster, limits(**chosen), sleep=pauses.append)
    return result, pauses


def test_canary_within_its_limits_is_kept(cluster, canary):
    result, pauses = watch(cluster, [(5000, 50), (7000, 70)], [(10, 10), (210, 12)])
    assert (result.outcome, result.stable.requests, result.canary.requests) == ("kept", 2000, 200)
    assert (result.stable.errors, result.canary.errors) == (20, 2)
    assert result.canary.share_seen == pytest.approx(9.09)
    assert sum(pauses) == 100.0
    assert len(pauses) == LOOKS
    assert len(spec(cluster)["canary"]) == 1


def test_canary_with_more_errors_is_aborted_before_so_many_requests_came(cluster, canary):
    result, pauses = watch(cluster, [(0, 0), (50, 0)], [(0, 0), (5, 2)])
    assert (result.outcome, len(pauses)) == ("aborted", 1)
    assert result.reason.startswith("2 errors of 5 requests, 2.00 percentage points above")
    assert "canary" not in spec(cluster)


def test_canary_that_is_slow_is_aborted_when_enough_requests_came(cluster, canary):
    slow = [metrics_text(), metrics_text(99, seconds=0.2), metrics_text(150, seconds=0.2)]
    cluster.counted = {STABLE: [metrics_text(), metrics_text(900)], canary: slow}
    pauses = []
    result = watch_canary(cluster, limits(), sleep=pauses.append)
    assert (result.outcome, len(pauses)) == ("aborted", 2)
    assert "times as long as with the version in use; 2 times are allowed" in result.reason
    assert "canary" not in spec(cluster)


def test_canary_with_few_requests_is_undecided_and_runs_on(cluster, canary):
    result, _ = watch(cluster, [(0, 0), (900, 0)], [(0, 0), (99, 0)])
    assert (result.outcome, result.reason) == (
        "undecided", "a version had 99 requests; 100 are needed"
    )  # fmt: skip
    assert len(spec(cluster)["canary"]) == 1


def test_watch_of_metrics_that_cannot_be_read_begins_not_at_all(cluster, canary):
    with pytest.raises(CanaryRefusedError, match=r"nothing can be watched: milk-price-.*503"):
        watch_canary(cluster, limits(), sleep=pytest.fail)
    assert len(spec(cluster)["canary"]) == 1


def test_pod_that_is_being_deleted_is_not_asked_though_it_calls_itself_ready(cluster, canary):
    (gone,) = (one for one in cluster.pods(NAMESPACE) if one["metadata"]["name"].startswith(STABLE))
    gone["metadata"] |= {"name": "gone-1", "deletionTimestamp": NOON.isoformat()}
    cluster.others.append(gone)
    result, _ = watch(cluster, [(0, 0), (900, 0)], [(0, 0), (200, 0)])
    assert (result.outcome, result.stable.requests) == ("kept", 900)


def test_canary_that_cannot_be_seen_three_times_in_a_row_is_aborted(cluster, canary):
    cluster.counted = {STABLE: [metrics_text(900)], canary: [metrics_text()]}

    def sleep(_):
        cluster.counted.pop(canary, None)

    result = watch_canary(cluster, limits(), sleep=sleep)
    assert result.outcome == "aborted"
    assert "could not be watched 3 times in a row" in result.reason
    assert "canary" not in spec(cluster)


def test_metrics_that_are_away_for_a_moment_are_waited_for(cluster, canary):
    kept = {
        STABLE: [metrics_text(), metrics_text(900)],
        canary: [metrics_text(0), metrics_text(200)],
    }
    cluster.counted = dict(kept)
    looks = []

    def sleep(pause):
        looks.append(pause)
        cluster.counted = {} if len(looks) in (1, 2, 5) else dict(kept)

    assert watch_canary(cluster, limits(), sleep=sleep).outcome == "kept"


def test_interrupted_watch_leaves_the_canary(cluster, canary):
    cluster.counted = {STABLE: [metrics_text()], canary: [metrics_text()]}

    def sleep(_):
        raise KeyboardInterrupt

    assert watch_canary(cluster, limits(), sleep=sleep).outcome == "interrupted"
    assert len(spec(cluster)["canary"]) == 1


def test_canary_that_somebody_else_ended_is_not_judged(cluster, canary):
    cluster.counted = {STABLE: [metrics_text()], canary: [metrics_text()]}

    def sleep(_):
        del spec(cluster)["canary"]

    with pytest.raises(CanaryRefusedError, match="somebody else changed it meanwhile"):
        watch_canary(cluster, limits(), sleep=sleep)


def test_canary_that_cannot_be_ended_is_an_error_with_both_reasons(cluster, canary):
    cluster.add_route(httproute(["milk-price", "shop"]))
    with pytest.raises(CanaryNotAbortedError, match=r"failed its watch \(9 errors.*to shop too"):
        watch(cluster, [(0, 0), (900, 0)], [(0, 0), (100, 9)])
    assert len(spec(cluster)["canary"]) == 1


def test_watch_without_a_canary_is_refused(cluster, registry, version):
    with pytest.raises(CanaryRefusedError, match="it has 0 canaries; start one"):
        watch_canary(cluster, limits())


def measured(requests, errors, p99):
    return VersionTraffic(version="v", role="stable", workload="w", share_meant=50,
                          requests=requests, errors=errors, p99_seconds=p99)  # fmt: skip


@pytest.mark.parametrize(
    ("stable", "canary_counts", "words"),
    [
        pytest.param((1000, 10, 0.001), (1000, 20, 0.002), "", id="at both limits"),
        pytest.param((1000, 10, 0.001), (1000, 21, 0.001), "1.10 percentage", id="errors"),
        pytest.param((1000, 10, 0.001), (1000, 10, 0.0021), "2.10 times", id="latency"),
        pytest.param((99, 0, 0.001), (1000, 0, 0.9), "", id="stable has too few"),
        pytest.param((5, 5, None), (100, 0, 0.9), "", id="stable fails"),
        pytest.param((5, 5, None), (100, 7, 0.9), "2.00 percentage", id="both fail"),
    ],
)
def test_failure_is_a_comparison_with_the_version_in_use(stable, canary_counts, words):
    found = failure(measured(*stable), measured(*canary_counts), limits())
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"seconds": 0.0}, "watch is 0.0; expected 10m"),
        ({"max_p99": 0.0}, "max p99 is 0.0; expected a multiple above 0"),
        ({"max_errors": -0.1}, "expected 0 to 100 percentage points"),
        ({"min_requests": 0}, "min requests is 0; expected 1 or more"),
    ],
)
def test_limits_that_mean_nothing_are_refused(chosen, words):
    with pytest.raises(SettingError, match=words):
        limits(**chosen)


def test_status_shows_both_versions_and_what_they_answered(cluster, canary, version):
    cluster.counted = {STABLE: [metrics_text(900, 9)], canary: [metrics_text(100, seconds=0.2)]}
    stable, other = status(cluster, NAMESPACE, now=NOON).services[0].versions
    assert (stable.role, stable.share_meant, stable.share_seen, stable.errors) == (
        "stable", 90, 90.0, 9
    )  # fmt: skip
    assert (other.role, other.version, other.share_meant, other.share_seen, other.pods) == (
        "canary", version, 10, 10.0, 1
    )  # fmt: skip
    assert 0.1 < other.p50_seconds < other.p99_seconds <= 0.25


def test_status_over_a_while_counts_what_came_meanwhile(cluster, canary):
    cluster.counted = {STABLE: [metrics_text(900), metrics_text(950)],
                       canary: [metrics_text(0), metrics_text(50)]}  # fmt: skip
    pauses = []
    (found,) = status(cluster, NAMESPACE, now=NOON, over=30.0, sleep=pauses.append).services
    assert [one.requests for one in found.versions] == [50, 50]
    assert sum(pauses) == 30.0


def test_status_of_versions_that_do_not_tell_says_why(cluster, canary):
    cluster.counted = {canary: [metrics_text(100)]}
    stable, other = status(cluster, NAMESPACE, now=NOON).services[0].versions
    assert "503 no answer" in stable.metrics_error
    assert (other.metrics_error, other.requests, other.share_seen) == ("", 100, None)


def test_status_without_a_canary_asks_no_pod_for_metrics(cluster):
    assert status(cluster, NAMESPACE, now=NOON).services[0].versions == ()
