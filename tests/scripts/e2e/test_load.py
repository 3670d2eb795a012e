"""Requests that go on, and what they tell of the time between."""

import threading

import pytest

from scripts.e2e.checks import Address, CheckError
from scripts.e2e.load import BackgroundLoad

pytestmark = pytest.mark.slow


def test_flow_that_is_answered_tells_how_often_and_by_whom(address):
    with BackgroundLoad(address) as flow:
        flow.goes_on(40)
    assert "none failed, 1 version" in flow.told()
    assert sum(flow.answers.values()) >= 40
    assert "0 of" in flow.survived()


def test_flow_into_nothing_counts_its_faults():
    with BackgroundLoad(Address("http://127.0.0.1:9", "", "milk")) as flow:
        threading.Event().wait(0.5)
    with pytest.raises(CheckError, match="requests failed"):
        flow.told()
    with pytest.raises(CheckError, match="requests still fail"):
        flow.survived()


def test_flow_that_broke_off_for_a_while_tells_for_how_long(address, monkeypatch):
    from scripts.e2e import load as module

    broken = threading.Event()
    answer = module.by_v1

    def by_v1(client, where):
        if broken.is_set():
            raise CheckError("broken")
        return answer(client, where)

    monkeypatch.setattr(module, "by_v1", by_v1)
    with BackgroundLoad(address) as flow:
        flow.goes_on(10)
        broken.set()
        flow.goes_on(10)
        broken.clear()
        flow.goes_on(40)
    assert flow.survived().startswith(f"{len(flow.faults)} of ")
    assert 0 < max(flow.outages) < 10
