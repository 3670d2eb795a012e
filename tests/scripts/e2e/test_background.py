"""Requests that go on, and what they tell of the time between."""

import threading

import pytest

from scripts.e2e.background import BackgroundLoad
from scripts.e2e.checks import Address, CheckError

pytestmark = pytest.mark.slow


def test_flow_that_is_answered_tells_how_often_and_by_whom(address):
    with BackgroundLoad(address) as load:
        load.wait_for(40)
    assert "none failed, 1 version" in load.summary()
    assert sum(load.answers.values()) >= 40
    assert "0 of" in load.outage()


def test_flow_into_nothing_counts_its_faults():
    with BackgroundLoad(Address("http://127.0.0.1:9", "", "milk")) as load:
        load.wait_for(1)
    with pytest.raises(CheckError, match="requests failed"):
        load.summary()
    with pytest.raises(CheckError, match="requests still fail"):
        load.outage()


def test_flow_that_broke_off_for_a_while_tells_for_how_long(address, monkeypatch):
    from scripts.e2e import background as module

    broken = threading.Event()
    answer = module.predict_v1

    def predict_v1(client, where):
        if broken.is_set():
            raise CheckError("broken")
        return answer(client, where)

    monkeypatch.setattr(module, "predict_v1", predict_v1)
    with BackgroundLoad(address) as load:
        load.wait_for(10)
        broken.set()
        load.wait_for(10)
        broken.clear()
        load.wait_for(40)
    assert load.outage().startswith(f"{len(load.failures)} of ")
    assert 0 < max(load.outages) < 10


def test_request_that_was_lost_before_others_are_answered_again_is_no_outage_of_its_own(
    address, monkeypatch
):
    from scripts.e2e import background as module

    lost, kept = threading.Event(), threading.Event()
    answer = module.predict_v1

    def predict_v1(client, where):
        if not lost.is_set():
            lost.set()
            kept.wait()
            raise CheckError("timed out")
        return answer(client, where)

    monkeypatch.setattr(module, "predict_v1", predict_v1)
    with BackgroundLoad(address) as load:
        load.wait_for(20)
        kept.set()
    assert load.failures == ["timed out"]
    assert load.outage().startswith("1 of ")
