from functools import partial

from serving.errors import UnknownModelError
from serving.models.eviction import NegativeCache


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def unknown(name):
    return partial(UnknownModelError, name=name, served=["*@champion"])


def test_refusals_tell_why_for_some_seconds():
    clock = Clock()
    refusals = NegativeCache(seconds=3.0, clock=clock)
    refusals.add("milk", unknown("milk"))
    assert "no model 'milk'" in str(refusals.find("milk"))
    assert refusals.find("cheese") is None
    clock.now = 3.0
    assert refusals.find("milk") is None


def test_refusals_give_each_who_asks_an_error_of_their_own():
    refusals = NegativeCache()
    refusals.add("milk", unknown("milk"))
    assert refusals.find("milk") is not refusals.find("milk")


def test_refusals_of_any_number_of_names_stay_few():
    refusals = NegativeCache(names=10)
    for number in range(1000):
        refusals.add(f"name-{number}", unknown(f"name-{number}"))
    assert len(refusals) == 10
    assert refusals.find("name-989") is None
    assert refusals.find("name-990") is not None


def test_refusals_added_again_count_once_and_are_the_newest():
    refusals = NegativeCache(names=2)
    for name in ("a", "b", "a", "c"):
        refusals.add(name, unknown(name))
    assert refusals.find("a") is not None
    assert refusals.find("b") is None


def test_refusals_forgotten_are_found_out_anew():
    refusals = NegativeCache()
    refusals.add("milk", unknown("milk"))
    refusals.forget("milk")
    assert refusals.find("milk") is None
