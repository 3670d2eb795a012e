import time

import pytest

from milkprice.registry.settings import StoreSettings
from serving.errors import UnknownModelError
from serving.models import wildcard as wildcards
from serving.models.reference import WildcardReference
from serving.models.wildcard import Wildcard
from tests.support.on_demand import publish_many
from tests.support.registries import open_registry

NAMES = ["milk-a", "milk-b", "cheese"]


@pytest.fixture
def registry(tmp_path):
    publish_many(tmp_path / "registry", NAMES)
    return tmp_path / "registry"


def family_of(registry, pattern="milk-*", alias="champion"):
    reference = WildcardReference(registry=str(registry), pattern=pattern, alias=alias)
    return Wildcard(reference, StoreSettings())


def test_family_before_its_registry_answers_is_due_and_knows_nothing(registry):
    wildcard = family_of(registry)
    assert (wildcard.is_listed, wildcard.names) == (False, ())
    assert wildcard.next_refresh <= time.monotonic()


def test_family_listed_knows_the_names_that_fit_and_rests(registry):
    wildcard = family_of(registry)
    wildcard.refresh()
    assert wildcard.is_listed
    assert wildcard.names == ("milk-a", "milk-b")
    assert wildcard.next_refresh == float("inf")


def test_family_listed_again_at_once_asks_nobody(registry):
    wildcard = family_of(registry)
    wildcard.refresh()
    publish_many(registry, ["milk-c"])
    wildcard.refresh()
    assert wildcard.names == ("milk-a", "milk-b")


def test_family_wanted_is_listed_when_its_names_are_old(registry, monkeypatch):
    wildcard = family_of(registry)
    wildcard.refresh()
    wildcard.want()
    assert time.monotonic() < wildcard.next_refresh < float("inf")
    monkeypatch.setattr(wildcards, "LISTING_SECONDS", 0.0)
    publish_many(registry, ["milk-c"])
    wildcard.want()
    assert wildcard.next_refresh <= time.monotonic()
    wildcard.refresh()
    assert wildcard.names == ("milk-a", "milk-b", "milk-c")


def test_family_of_an_empty_registry_is_answering(tmp_path):
    wildcard = family_of(tmp_path / "nothing")
    wildcard.refresh()
    assert (wildcard.is_listed, wildcard.names) == (True, ())


def test_family_of_a_registry_that_fails_asks_again_ever_later(tmp_path):
    reference = WildcardReference(registry="https://127.0.0.1:1/x", pattern="*", alias="champion")
    wildcard = Wildcard(reference, StoreSettings())  # a web server lists nothing
    pauses = []
    for _ in range(3):
        wildcard.refresh()
        pauses.append(wildcard.next_refresh - time.monotonic())
    assert not wildcard.is_listed
    assert pauses == sorted(pauses)
    assert pauses[-1] < wildcards.LONGEST_PAUSE_LOADING


def test_family_source_of_a_model_without_the_alias_is_unknown(registry):
    source = family_of(registry, alias="next").source("milk-a")
    with pytest.raises(UnknownModelError, match=r"'milk-a' here; served are 'milk-\*@next'"):
        source.find_version()


def test_family_source_of_an_unknown_model_lists_nothing(tmp_path, registry, monkeypatch):
    wildcard = family_of(registry)
    monkeypatch.setattr(wildcard._reader._store, "list", None)
    with pytest.raises(UnknownModelError):
        wildcard.source("milk-x").find_version()


def test_family_source_follows_the_alias(registry):
    source = family_of(registry).source("milk-a")
    version = source.find_version()
    assert source.fetch(version).sidecar.name == "milk-a"
    assert source.find_version() is None
    assert open_registry(registry).resolve("milk-a") == version
