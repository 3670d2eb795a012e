"""Promotion of published versions."""

from datetime import datetime, timezone

import pytest

from milkprice.bundle import scored
from milkprice.promotion import promote_when_let
from milkprice.registry import Registry
from milkprice.settings import StoreSettings
from milkprice.store import open_store
from tests.support.bundles import toy_bundle

AT = datetime(2026, 11, 22, tzinfo=timezone.utc)


@pytest.fixture
def registry():
    return Registry(open_store("memory://", StoreSettings()))


def publish(registry, error):
    bundle = scored(toy_bundle(), {"model": {"mae": error}})
    return bundle.sidecar.name, registry.publish(bundle)


def promote(registry, name, version, gate="better"):
    return promote_when_let(registry, name, version, alias="champion", gate=gate, at=AT)


def test_first_version_is_promoted(registry):
    name, version = publish(registry, 5.0)
    assert promote(registry, name, version).promote
    assert registry.resolve(name, "champion") == version


def test_better_version_is_promoted_and_its_reason_kept(registry):
    name, first = publish(registry, 5.0)
    promote(registry, name, first)
    _, second = publish(registry, 4.0)
    assert promote(registry, name, second).promote
    book = registry.read_aliases(name)
    assert book.aliases["previous"] == first
    assert book.history[-1].reason == "mean absolute error 4.00 is below the champion's 5.00"


def test_worse_version_is_not(registry):
    name, first = publish(registry, 5.0)
    promote(registry, name, first)
    _, second = publish(registry, 6.0)
    assert not promote(registry, name, second).promote
    assert registry.resolve(name, "champion") == first


def test_champion_itself_is_left_where_it_is(registry):
    name, version = publish(registry, 5.0)
    promote(registry, name, version)
    verdict = promote(registry, name, version, gate="always")
    assert (verdict.promote, verdict.reason) == (False, "it is champion already")
    assert len(registry.read_aliases(name).history) == 1
