"""One handle over a scripted source."""

import time
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from milkprice.registry.errors import BundleChecksumError, StoreUnreachableError
from serving.errors import ModelLoadError, ModelNotLoadedError
from serving.models import handle as handles
from serving.models.handle import ModelHandle
from tests.support.bundles import tiny_bundle
from tests.support.repositories import ScriptedSource

DOWN = StoreUnreachableError(store="s3://b", operation="read", key="k", reason="refused")


@pytest.fixture
def first():
    return tiny_bundle(slope=1.0)


@pytest.fixture
def second():
    return tiny_bundle(slope=2.0)


def handle_over(source, name="milk", refresh_seconds=10.0):
    return ModelHandle(name, source, refresh_seconds=refresh_seconds)


def failing_handle(first, second, **options):
    """A handle that serves a version, and whose next one cannot be loaded."""
    source = ScriptedSource(first)
    handle = handle_over(source, **options)
    handle.refresh()
    source.publish(second)
    source.error = DOWN
    handle.refresh()
    return handle


def count(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0.0


class PanicException(BaseException):
    """What Rust raises where it does not expect to fail."""


@pytest.mark.parametrize("action", ["refresh", "load"])
@pytest.mark.parametrize("error", [PanicException("unwrap"), RuntimeError("odd")], ids=type)
def test_load_that_dies_of_anything_is_counted_shown_and_tried_again(first, error, action, caplog):
    source, kind = ScriptedSource(first), type(error).__name__
    source.error, labels = error, {"model": f"dying-{action}", "error": kind}
    handle, before = handle_over(source, name=labels["model"]), time.monotonic()
    if action == "refresh":
        handle.refresh()
    else:
        with pytest.raises(ModelLoadError, match=str(error)):
            handle.load()
    assert (handle.failure.error, handle.failure.reason) == (kind, str(error))
    assert count("milkprice_model_load_failures_total", **labels) == 1
    assert "unexpected error" in caplog.text
    assert before < handle.next_refresh < time.monotonic() + handles.MAX_LOAD_BACKOFF_SECONDS
    source.error = None
    handle.refresh()
    assert handle.require().version == first.sidecar.version


def test_require_before_the_first_load_is_refused(first):
    with pytest.raises(ModelNotLoadedError, match=r"^Model not loaded$"):
        handle_over(ScriptedSource(first)).require()


def test_refresh_serves_the_version_of_the_source_and_load_fetches_it_again(first):
    source = ScriptedSource(first)
    handle = handle_over(source)
    handle.refresh()
    handle.refresh()
    assert handle.require().version == first.sidecar.version
    assert handle.failure is None
    assert len(source.fetched) == 1
    handle.load()
    assert len(source.fetched) == 2


def test_refresh_swaps_in_another_version_and_the_old_one_still_predicts(first, second):
    source = ScriptedSource(first)
    handle = handle_over(source, name="info")
    handle.refresh()
    old = handle.require()
    source.publish(second)
    handle.refresh()
    assert handle.require().version == second.sidecar.version
    assert old.predict((1.0, 2.0)).version == first.sidecar.version
    assert count("milkprice_model_info", model="info", version=second.sidecar.version) == 1
    assert count("milkprice_model_info", model="info", version=first.sidecar.version) == 0


def test_refresh_of_a_broken_version_keeps_the_old_one_and_records_why(first, second):
    source = ScriptedSource(first)
    handle = handle_over(source, name="broken")
    handle.refresh()
    source.publish(second)
    source.error = BundleChecksumError(bundle="b", file="f", expected="1", actual="2")
    failed = count(
        "milkprice_model_load_failures_total", model="broken", error="BundleChecksumError"
    )
    handle.refresh()
    handle.refresh()
    assert handle.require().version == first.sidecar.version
    assert handle.failure.version == second.sidecar.version
    assert handle.failure.attempts == 2
    assert "SHA-256" in handle.failure.reason
    now = count("milkprice_model_load_failures_total", model="broken", error="BundleChecksumError")
    assert now == failed + 2


def test_refresh_after_a_failure_clears_it(first, second):
    handle = failing_handle(first, second)
    handle._source.error = None
    handle.refresh()
    assert handle.require().version == second.sidecar.version
    assert handle.failure is None


def test_refresh_unexpected_error_is_recorded_and_logged(first, caplog):
    source = ScriptedSource(first)
    source.error = ZeroDivisionError("oops")
    handle = handle_over(source)
    handle.refresh()
    assert handle.failure.error == "ZeroDivisionError"
    assert "unexpected error" in caplog.text


def test_unload_stops_serving_and_refreshing_until_load(first):
    handle = handle_over(ScriptedSource(first))
    handle.refresh()
    handle.unload()
    handle.refresh()
    assert handle.is_unloaded
    assert handle.next_refresh == float("inf")
    with pytest.raises(ModelNotLoadedError):
        handle.require()
    handle.load()
    assert handle.require().version == first.sidecar.version
    assert not handle.is_unloaded


def test_load_failure_is_raised_and_the_old_version_serves(first):
    source = ScriptedSource(first)
    handle = handle_over(source)
    handle.refresh()
    source.error = DOWN
    with pytest.raises(ModelLoadError, match=f"version {first.sidecar.version} still serves"):
        handle.load()
    assert handle.require().version == first.sidecar.version


@pytest.mark.parametrize(("draw", "share"), [(0.0, 0.5), (1.0, 1.0)], ids=["least", "most"])
def test_interval_without_a_model_doubles_up_to_its_limit(draw, share):
    source = ScriptedSource()
    source.error = DOWN
    handle = handle_over(source)
    intervals = []
    for _ in range(10):
        handle.refresh()
        intervals.append(handle._interval(lambda: draw))
    assert intervals[:3] == [share * handles.FIRST_BACKOFF_SECONDS * 2**n for n in (1, 2, 3)]
    assert intervals[-1] == share * handles.MAX_LOAD_BACKOFF_SECONDS


def test_interval_with_a_model_is_the_refresh_time_and_grows_with_failures(first, second):
    handle = failing_handle(first, second, refresh_seconds=8.0)
    assert handle._interval(lambda: 0.5) == 16.0
    handle.failure = None
    assert (handle._interval(lambda: 0.0), handle._interval(lambda: 1.0)) == (6.0, 10.0)


def test_interval_without_refreshing_is_never(first):
    handle = handle_over(ScriptedSource(first), refresh_seconds=0)
    handle.refresh()
    assert handle.next_refresh == float("inf")


def test_interval_after_thousands_of_failures_is_at_its_limit(first, second):
    handle = failing_handle(first, second)
    handle.failure = replace(handle.failure, attempts=5000)
    assert handle._interval(lambda: 0.5) == handles.MAX_REFRESH_BACKOFF_SECONDS
    handle.unload()
    assert handle._interval(lambda: 1.0) == handles.MAX_LOAD_BACKOFF_SECONDS
