"""The gate: what it says of checks, and how a verdict is kept."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry.errors import BundleFormatError
from milkprice.validation.gate import Check, Verdict, from_json, judge, to_json

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
def test_judge_decides_and_says_why(checks, champion, gate, promote, reason):
    verdict = judge(iter(checks), gate=gate, champion=champion)
    assert (verdict.promote, verdict.reason) == (promote, reason)
    assert verdict.checks == tuple(checks)
    assert verdict.champion == champion
    assert verdict.forced is reason.startswith("forced")


def test_judge_unknown_gate_is_refused():
    with pytest.raises(SettingError, match="gate is 'maybe'; expected better, always, never"):
        judge([GOOD], gate="maybe")


@pytest.mark.parametrize("gate", ["better", "always", "never"])
def test_judge_passes_on_warnings_that_decide_nothing(gate):
    verdict = judge([GOOD], gate=gate, warnings=("rain is late",))
    assert verdict == replace(judge([GOOD], gate=gate), warnings=("rain is late",))


def test_verdict_of_an_older_release_has_no_warnings():
    document = orjson.loads(to_json(judge([GOOD], gate="better")))
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
def test_judge_promotes_when_all_passed_and_by_force_alone_otherwise(checks, champion):
    passed = all(check.passed for check in checks)
    verdicts = {
        gate: judge(checks, gate=gate, champion=champion) for gate in ("better", "always", "never")
    }
    assert [one.promote for one in verdicts.values()] == [passed, True, False]
    assert [one.forced for one in verdicts.values()] == [False, not passed, False]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"promote": "yes"}, "holds 'yes' as promote; expected true or false"),
        ({"reason": None}, "holds None as reason; expected text"),
        ({"checks": {}}, "holds {} as checks; expected a list"),
        ({"checks": [{"name": "data", "passed": True}]}, r"lacks checks\[0\].reason"),
        ({"champion": 3}, "holds 3 as champion; expected text or null"),
    ],
    ids=["promote", "reason", "checks", "check", "champion"],
)
def test_verdict_with_a_broken_field_is_refused_by_its_place(change, words):
    document = {**orjson.loads(to_json(judge([BAD], gate="better"))), **change}
    with pytest.raises(BundleFormatError, match=f"verdict.json {words}"):
        from_json(orjson.dumps(document), where="it")


@pytest.mark.parametrize("field", ["promote", "reason", "checks", "forced"])
def test_verdict_without_a_field_is_refused_by_its_name(field):
    document = orjson.loads(to_json(judge([BAD], gate="better")))
    del document[field]
    with pytest.raises(BundleFormatError, match=f"verdict.json lacks {field}"):
        from_json(orjson.dumps(document), where="it")


def test_verdict_that_is_no_json_is_refused():
    with pytest.raises(BundleFormatError, match=r"verdict\.json is no JSON"):
        from_json(b"promote: yes", where="it")
