"""The gate: what it says of checks, and how a verdict is kept."""

from dataclasses import replace
from datetime import datetime, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry import Registry
from milkprice.registry.bundle import with_extra_files, without_files
from milkprice.registry.errors import BundleFormatError, BundleIncompleteError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.validation.gate import (
    VERDICT,
    Check,
    Verdict,
    champion_of,
    decide,
    from_json,
    promote,
    to_json,
)
from tests.support.bundles import toy_bundle

GOOD = Check("data", passed=True, reason="they are as they were")
NEWS = Check("progress", passed=True, reason="it has newer prices")
BAD = Check("forecasts", passed=False, reason="its errors are 2.00 times the champion's")
WORSE = Check("columns", passed=False, reason="3 columns are gone")


@pytest.mark.parametrize(
    ("checks", "champion", "gate", "promote", "reason"),
    [
        pytest.param([GOOD], None, "better", True,
                     "the only check passed, there is no champion yet", id="first"),
        pytest.param([GOOD, NEWS], "v1", "better", True,
                     "all 2 checks passed, it has newer prices", id="better"),
        pytest.param([GOOD, BAD, NEWS], "v1", "better", False, BAD.reason, id="one_failed"),
        pytest.param([BAD, GOOD, WORSE], "v1", "better", False,
                     f"{BAD.reason}; {WORSE.reason}", id="two_failed"),
        pytest.param([BAD], None, "better", False, BAD.reason, id="first_failed"),
        pytest.param([GOOD, BAD], "v1", "always", True, f"forced, although {BAD.reason}",
                     id="forced"),
        pytest.param([GOOD, NEWS], "v1", "always", True,
                     "all 2 checks passed, it has newer prices", id="always_needs_no_force"),
        pytest.param([GOOD], "v1", "never", False, "the gate is set to never", id="never"),
        pytest.param([BAD], "v1", "never", False, "the gate is set to never", id="never_failed"),
    ],
)  # fmt: skip
def test_gate_decides_and_says_why(checks, champion, gate, promote, reason):
    verdict = decide(iter(checks), gate=gate, champion=champion)
    assert (verdict.promote, verdict.reason) == (promote, reason)
    assert verdict.checks == tuple(checks)
    assert verdict.champion == champion
    assert verdict.forced is reason.startswith("forced")


def test_gate_unknown_gate_is_refused():
    with pytest.raises(SettingError, match="gate is 'maybe'; expected better, always, never"):
        decide([GOOD], gate="maybe")


@pytest.mark.parametrize("gate", ["better", "always", "never"])
def test_gate_passes_on_warnings_that_decide_nothing(gate):
    verdict = decide([GOOD], gate=gate, warnings=("rain is late",))
    assert verdict == replace(decide([GOOD], gate=gate), warnings=("rain is late",))


def test_verdict_of_an_older_release_has_no_warnings():
    document = orjson.loads(to_json(decide([GOOD], gate="better")))
    del document["warnings"]
    assert from_json(orjson.dumps(document), where="it").warnings == ()


CHECKS = st.lists(st.builds(Check, st.text(), st.booleans(), st.text()), max_size=4).map(tuple)
VERDICTS = st.builds(
    Verdict,
    promote=st.booleans(),
    reason=st.text(),
    checks=CHECKS,
    forced=st.booleans(),
    champion=st.none() | st.text(),
    warnings=st.lists(st.text(), max_size=3).map(tuple),
)


@given(verdict=VERDICTS)
@hypothesis_settings(max_examples=50, deadline=None)
def test_verdict_written_and_read_is_the_same(verdict):
    assert from_json(to_json(verdict), where="it") == verdict


@given(checks=CHECKS, champion=st.none() | st.just("v1"))
@hypothesis_settings(max_examples=50, deadline=None)
def test_gate_promotes_when_all_passed_and_by_force_alone_otherwise(checks, champion):
    passed = all(check.passed for check in checks)
    verdicts = {
        gate: decide(checks, gate=gate, champion=champion) for gate in ("better", "always", "never")
    }
    assert [one.promote for one in verdicts.values()] == [passed, True, False]
    assert [one.forced for one in verdicts.values()] == [False, not passed, False]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"promote": "yes"}, "holds 'yes' as promote; expected true or false"),
        ({"checks": [{"name": "data", "passed": True}]}, r"lacks checks\[0\].reason"),
    ],
    ids=["promote", "check"],
)
def test_verdict_with_a_broken_field_is_refused_by_its_place(change, words):
    document = {**orjson.loads(to_json(decide([BAD], gate="better"))), **change}
    with pytest.raises(BundleFormatError, match=f"verdict.json {words}"):
        from_json(orjson.dumps(document), where="it")


AT = datetime(2026, 11, 22, tzinfo=timezone.utc)
PASSED_CHECKS = (Check("forecasts", passed=True, reason="its forecasts are better"),)


@pytest.fixture
def registry():
    return Registry(open_store("memory://", StoreSettings()))


def judged(content, *, promote=True, champion=None, reason="all is well", forced=False):
    """A bundle with a verdict."""
    verdict = Verdict(
        promote=promote, reason=reason, checks=PASSED_CHECKS, champion=champion, forced=forced
    )
    return with_extra_files(toy_bundle(content), {VERDICT: to_json(verdict)})


def promoted(registry, version, *, alias="champion"):
    return promote("milk", version, registry=registry, alias=alias, now=AT)


@pytest.fixture
def champion(registry):
    """The version that is in use."""
    version = registry.publish(judged(1))
    promoted(registry, version)
    return version


def test_first_version_is_promoted(registry):
    version = registry.publish(judged(1))
    assert champion_of(registry, "milk", "champion") is None
    assert promoted(registry, version).promote
    assert champion_of(registry, "milk", "champion").sidecar.version == version


def test_version_whose_verdict_allows_it_is_promoted_and_its_reason_kept(registry, champion):
    second = registry.publish(judged(2, champion=champion, reason="its forecasts are better"))
    verdict = promoted(registry, second)
    book = registry.read_aliases("milk")
    assert (verdict.promote, verdict.checks) == (True, PASSED_CHECKS)
    assert (book.targets["champion"], book.targets["previous"]) == (second, champion)
    assert book.history[-1].reason == "its forecasts are better"


def test_version_whose_verdict_does_not_allow_it_is_not_promoted(registry, champion):
    second = registry.publish(judged(2, promote=False, champion=champion, reason="it is worse"))
    verdict = promoted(registry, second)
    assert (verdict.promote, verdict.reason) == (False, "it is worse")
    assert registry.resolve("milk", "champion") == champion
    assert len(registry.read_aliases("milk").history) == 1


def test_champion_itself_is_left_where_it_is(registry, champion):
    verdict = promoted(registry, champion)
    assert (verdict.promote, verdict.reason) == (False, "it is champion already")
    assert len(registry.read_aliases("milk").history) == 1


@pytest.mark.parametrize("seen", ["no champion", "another"])
def test_version_judged_against_another_than_the_champion_is_not_promoted(registry, champion, seen):
    another = None if seen == "no champion" else registry.publish(toy_bundle(9))
    second = registry.publish(judged(2, champion=another))
    verdict = promoted(registry, second)
    assert not verdict.promote
    assert verdict.checks == PASSED_CHECKS
    assert verdict.reason == (
        f"Model 'milk': alias 'champion' moved from {another} to {champion} meanwhile and was left "
        "there; look at it again and decide anew"
    )
    assert registry.resolve("milk", "champion") == champion


def test_version_judged_against_a_champion_that_was_taken_away_is_not_promoted(registry):
    gone = registry.publish(toy_bundle(9))
    second = registry.publish(judged(2, champion=gone))
    assert f"moved from {gone} to None" in promoted(registry, second).reason
    assert registry.read_aliases("milk").targets == {}


def test_version_promoted_to_another_alias_leaves_the_champion(registry, champion):
    second = registry.publish(judged(2))
    assert promoted(registry, second, alias="canary").promote
    aliases = registry.read_aliases("milk").targets
    assert aliases == {"champion": champion, "canary": second}


def test_version_without_a_verdict_is_refused(registry):
    version = registry.publish(without_files(judged(1), {VERDICT}))
    with pytest.raises(BundleIncompleteError, match=r"milk 2.* has no verdict\.json"):
        promoted(registry, version)
    assert registry.read_aliases("milk").targets == {}
