"""One model's place, with a source that does what the test says."""

import pytest
from prometheus_client import REGISTRY

from milkprice.registry.errors import BundleChecksumError, StoreUnreachableError
from serving.errors import ModelLoadError, ModelNotLoadedError
from serving.models import handle as handles
from serving.models.handle import ModelHandle
from tests.support.bundles import tiny_bundle
from tests.support.sources import ScriptedSource

DOWN = StoreUnreachableError(store="s3://b", operation="read", key="k", reason="refused")


@pytest.fixture
def first():
    return tiny_bundle(slope=1.0)


@pytest.fixture
def second():
    return tiny_bundle(slope=2.0)


def slot_over(source, name="slot", refresh_seconds=10.0):
    return ModelHandle(name, source, refresh_seconds=refresh_seconds)


def count(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def test_slot_before_it_is_loaded_has_no_model(first):
    with pytest.raises(ModelNotLoadedError, match=r"^Model not loaded$"):
        slot_over(ScriptedSource(first)).require()


def test_slot_refreshed_serves_what_is_meant(first):
    handle = slot_over(ScriptedSource(first))
    handle.refresh()
    assert handle.require().version == first.sidecar.version
    assert handle.failure is None


def test_slot_refreshed_again_loads_nothing_anew(first):
    source = ScriptedSource(first)
    handle = slot_over(source)
    handle.refresh()
    served = handle.model
    handle.refresh()
    assert handle.model is served
    assert len(source.fetched) == 1


def test_slot_other_version_is_swapped_in_and_the_old_one_stays_whole(first, second):
    source = ScriptedSource(first)
    handle = slot_over(source)
    handle.refresh()
    old = handle.require()
    source.means(second)
    handle.refresh()
    assert handle.require().version == second.sidecar.version
    assert old.predict((1.0, 2.0)).version == first.sidecar.version


def test_slot_broken_version_leaves_the_old_one_serving_and_tells(first, second):
    source = ScriptedSource(first)
    handle = slot_over(source, name="broken")
    handle.refresh()
    source.means(second)
    source.fault = BundleChecksumError(bundle="b", file="f", expected="1", found="2")
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


def test_slot_fault_that_passes_is_forgotten(first, second):
    source = ScriptedSource(first)
    handle = slot_over(source)
    handle.refresh()
    source.means(second)
    source.fault = DOWN
    handle.refresh()
    source.fault = None
    handle.refresh()
    assert handle.require().version == second.sidecar.version
    assert handle.failure is None


def test_slot_mistake_of_ours_is_survived_and_logged(first, caplog):
    source = ScriptedSource(first)
    source.fault = ZeroDivisionError("oops")
    handle = slot_over(source)
    handle.refresh()
    assert handle.failure.error == "ZeroDivisionError"
    assert "mistake of ours" in caplog.text


def test_slot_unloaded_answers_no_more_and_is_not_refreshed(first):
    handle = slot_over(ScriptedSource(first))
    handle.refresh()
    handle.unload()
    handle.refresh()
    assert handle.is_unloaded
    assert handle.next_refresh == float("inf")
    with pytest.raises(ModelNotLoadedError):
        handle.require()


def test_slot_unloaded_and_loaded_serves_again(first):
    handle = slot_over(ScriptedSource(first))
    handle.refresh()
    handle.unload()
    handle.load()
    assert handle.require().version == first.sidecar.version
    assert not handle.is_unloaded


def test_slot_asked_to_load_reads_again_though_nothing_changed(first):
    source = ScriptedSource(first)
    handle = slot_over(source)
    handle.refresh()
    handle.load()
    assert len(source.fetched) == 2


def test_slot_asked_to_load_what_cannot_be_says_so_and_serves_on(first):
    source = ScriptedSource(first)
    handle = slot_over(source)
    handle.refresh()
    source.fault = DOWN
    with pytest.raises(ModelLoadError, match=f"version {first.sidecar.version} goes on serving"):
        handle.load()
    assert handle.require().version == first.sidecar.version


def test_slot_version_metric_names_the_one_that_serves(first, second):
    source = ScriptedSource(first)
    handle = slot_over(source, name="info")
    handle.refresh()
    source.means(second)
    handle.refresh()
    assert count("milkprice_model_info", model="info", version=second.sidecar.version) == 1
    assert count("milkprice_model_info", model="info", version=first.sidecar.version) == 0


@pytest.mark.parametrize(("draw", "share"), [(0.0, 0.5), (1.0, 1.0)], ids=["least", "most"])
def test_slot_pause_while_loading_doubles_up_to_its_limit(draw, share):
    source = ScriptedSource()
    source.fault = DOWN
    handle = slot_over(source)
    pauses = []
    for _ in range(10):
        handle.refresh()
        pauses.append(handle._pause(lambda: draw))
    assert pauses[:3] == [share * handles.FIRST_PAUSE_SECONDS * 2**n for n in (1, 2, 3)]
    assert pauses[-1] == share * handles.LONGEST_PAUSE_LOADING


def test_slot_pause_while_serving_is_the_refresh_time_and_grows_with_faults(first, second):
    source = ScriptedSource(first)
    handle = slot_over(source, refresh_seconds=8.0)
    handle.refresh()
    assert (handle._pause(lambda: 0.0), handle._pause(lambda: 1.0)) == (6.0, 10.0)
    source.means(second)
    source.fault = DOWN
    handle.refresh()
    assert handle._pause(lambda: 0.5) == 16.0


def test_slot_that_does_not_follow_is_never_due_again(first):
    handle = slot_over(ScriptedSource(first), refresh_seconds=0)
    handle.refresh()
    assert handle.next_refresh == float("inf")
