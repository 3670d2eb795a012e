"""The gate's cases."""

import pytest

from milkprice.errors import SettingError
from milkprice.gate import judge


@pytest.mark.parametrize(
    ("candidate", "champion", "gate", "promote", "words"),
    [
        pytest.param(5.0, None, "better", True, "no champion yet", id="first"),
        pytest.param(4.9, 5.0, "better", True, "4.90 is below the champion's 5.00", id="better"),
        pytest.param(5.0, 5.0, "better", False, "not below", id="equal"),
        pytest.param(5.1, 5.0, "better", False, "not below", id="worse"),
        pytest.param(9.9, 5.0, "always", True, "set to always", id="always"),
        pytest.param(0.1, 5.0, "never", False, "set to never", id="never"),
    ],
)
def test_judge_says_what_and_why(candidate, champion, gate, promote, words):
    verdict = judge(candidate, champion, gate=gate)
    assert verdict.promote is promote
    assert words in verdict.reason


def test_judge_unknown_gate_is_refused():
    with pytest.raises(SettingError, match="better, always, never"):
        judge(1.0, None, gate="maybe")
