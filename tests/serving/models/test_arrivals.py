"""Loads in threads, with a way to bring a model that does what the test says."""

import asyncio
import threading

import pytest

from serving.errors import ModelLoadingError, RequestLimitError, UnknownModelError
from serving.models.on_demand import SingleFlightLoader


class Porter:
    """Brings whatever it is asked for, once it may."""

    def __init__(self):
        self.brought = []
        self.may = threading.Event()
        self.fault = None

    def __call__(self, name):
        self.brought.append(name)
        assert self.may.wait(10)
        if self.fault:
            raise self.fault
        return f"place of {name}"


@pytest.fixture
def porter():
    porter = Porter()
    yield porter
    porter.may.set()


def arrivals_of(porter, *, limit=10, patience=10.0):
    return SingleFlightLoader(porter, limit=limit, patience=patience)


async def all_of(*waits, after=lambda: None):
    """Wait for all, and do something once all have begun."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.sleep(0.05)
    after()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_arrivals_asked_for_by_many_are_brought_once(porter):
    arrivals = arrivals_of(porter)
    waits = [arrivals.wait("milk") for _ in range(10)]
    found = asyncio.run(all_of(*waits, after=porter.may.set))
    assert found == ["place of milk"] * 10
    assert porter.brought == ["milk"]


def test_arrivals_leave_the_loop_free(porter):
    arrivals = arrivals_of(porter)
    turns = []

    async def others():
        for turn in range(5):
            await asyncio.sleep(0)
            turns.append(turn)
        porter.may.set()

    async def both():
        return await asyncio.gather(arrivals.wait("milk"), others())

    asyncio.run(both())
    assert turns == [0, 1, 2, 3, 4]


def test_arrivals_that_take_too_long_are_not_waited_for_and_come_nevertheless(porter):
    arrivals = arrivals_of(porter, patience=0.02)
    with pytest.raises(ModelLoadingError, match=r"'milk' is being loaded, for more than 0\.02 s"):
        asyncio.run(arrivals.wait("milk"))
    with pytest.raises(ModelLoadingError):
        arrivals.wait_in_thread("milk")
    porter.may.set()
    assert asyncio.run(arrivals.wait("milk")) == "place of milk"
    assert len(porter.brought) <= 2


def test_arrivals_that_fail_tell_everybody_and_are_tried_again(porter):
    arrivals = arrivals_of(porter)
    porter.fault = UnknownModelError(name="milk", served=[])
    waits = [arrivals.wait("milk") for _ in range(3)]
    found = asyncio.run(all_of(*waits, after=porter.may.set))
    assert found == [porter.fault] * 3
    porter.fault = None
    assert arrivals.wait_in_thread("milk") == "place of milk"


def test_arrivals_of_too_many_models_are_refused(porter):
    arrivals = arrivals_of(porter, limit=2, patience=0.02)
    for name in ("a", "b"):
        with pytest.raises(ModelLoadingError):
            arrivals.wait_in_thread(name)
    with pytest.raises(RequestLimitError, match="2 requests"):
        arrivals.wait_in_thread("c")


def test_arrivals_for_too_many_requests_are_refused(porter):
    arrivals = arrivals_of(porter, limit=2)
    waits = [arrivals.wait("milk") for _ in range(3)]
    *first, last = asyncio.run(all_of(*waits, after=porter.may.set))
    assert first == ["place of milk"] * 2
    assert isinstance(last, RequestLimitError)
