"""Promotion of published versions, as the verdict in their bundle has it."""

from datetime import datetime, timezone

import pytest

from milkprice.registry import Registry
from milkprice.registry.bundle import with_extra_files, without_files
from milkprice.registry.errors import BundleFormatError, BundleIncompleteError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.validation.gate import VERDICT, Check, Verdict, to_json
from milkprice.validation.promotion import champion_of, promote_if_passed, verdict_of
from tests.support.bundles import toy_bundle

AT = datetime(2026, 11, 22, tzinfo=timezone.utc)
CHECKS = (Check("forecasts", passed=True, reason="its forecasts are better"),)


@pytest.fixture
def registry():
    return Registry(open_store("memory://", StoreSettings()))


def judged(content, *, promote=True, champion=None, reason="all is well", forced=False):
    """A bundle with a verdict."""
    verdict = Verdict(
        promote=promote, reason=reason, checks=CHECKS, champion=champion, forced=forced
    )
    return with_extra_files(toy_bundle(content), {VERDICT: to_json(verdict)})


def promote(registry, version, *, alias="champion"):
    return promote_if_passed(registry, "milk", version, alias=alias, at=AT)


@pytest.fixture
def champion(registry):
    """The version that is in use."""
    version = registry.publish(judged(1))
    promote(registry, version)
    return version


def test_first_version_is_promoted(registry):
    version = registry.publish(judged(1))
    assert champion_of(registry, "milk", "champion") is None
    assert promote(registry, version).promote
    assert champion_of(registry, "milk", "champion").sidecar.version == version


def test_version_whose_verdict_allows_it_is_promoted_and_its_reason_kept(registry, champion):
    second = registry.publish(judged(2, champion=champion, reason="its forecasts are better"))
    verdict = promote(registry, second)
    book = registry.read_aliases("milk")
    assert (verdict.promote, verdict.checks) == (True, CHECKS)
    assert (book.targets["champion"], book.targets["previous"]) == (second, champion)
    assert book.history[-1].reason == "its forecasts are better"


def test_version_whose_verdict_does_not_allow_it_is_not_promoted(registry, champion):
    second = registry.publish(judged(2, promote=False, champion=champion, reason="it is worse"))
    verdict = promote(registry, second)
    assert (verdict.promote, verdict.reason) == (False, "it is worse")
    assert registry.resolve("milk", "champion") == champion
    assert len(registry.read_aliases("milk").history) == 1


def test_champion_itself_is_left_where_it_is(registry, champion):
    verdict = promote(registry, champion)
    assert (verdict.promote, verdict.reason) == (False, "it is champion already")
    assert len(registry.read_aliases("milk").history) == 1


@pytest.mark.parametrize("seen", ["no champion", "another"])
def test_version_judged_against_another_than_the_champion_is_not_promoted(registry, champion, seen):
    another = None if seen == "no champion" else registry.publish(toy_bundle(9))
    second = registry.publish(judged(2, champion=another))
    verdict = promote(registry, second)
    assert not verdict.promote
    assert verdict.checks == CHECKS
    assert verdict.reason == (
        f"Model 'milk': alias 'champion' moved from {another} to {champion} meanwhile and was left "
        "there; look at it again and decide anew"
    )
    assert registry.resolve("milk", "champion") == champion


def test_version_judged_against_a_champion_that_was_taken_away_is_not_promoted(registry):
    gone = registry.publish(toy_bundle(9))
    second = registry.publish(judged(2, champion=gone))
    assert f"moved from {gone} to None" in promote(registry, second).reason
    assert registry.read_aliases("milk").targets == {}


def test_version_promoted_to_another_alias_leaves_the_champion(registry, champion):
    second = registry.publish(judged(2))
    assert promote(registry, second, alias="canary").promote
    aliases = registry.read_aliases("milk").targets
    assert aliases == {"champion": champion, "canary": second}


def test_version_without_a_verdict_is_refused(registry):
    version = registry.publish(without_files(judged(1), {VERDICT}))
    with pytest.raises(BundleIncompleteError, match=r"milk 2.* has no verdict\.json"):
        promote(registry, version)
    assert registry.read_aliases("milk").targets == {}


def test_version_with_a_verdict_that_cannot_be_decoded_is_refused(registry):
    version = registry.publish(with_extra_files(toy_bundle(), {VERDICT: b"yes"}))
    with pytest.raises(BundleFormatError, match=r"verdict\.json is no JSON"):
        promote(registry, version)


def test_verdict_of_a_bundle_is_the_one_that_was_put_there():
    verdict = verdict_of(judged(1, promote=True, forced=True, champion="v1"))
    assert (verdict.promote, verdict.forced, verdict.champion) == (True, True, "v1")
