"""Findings as a JSON document."""

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.data.checks.finding import Finding, from_json, to_json
from milkprice.registry.errors import BundleFormatError

FINDINGS = st.lists(st.builds(Finding, st.text(), st.booleans(), st.text()), max_size=3).map(tuple)


@given(findings=st.dictionaries(st.text(), FINDINGS, max_size=3))
@hypothesis_settings(max_examples=40, deadline=None)
def test_findings_written_and_read_are_the_same(findings):
    assert from_json(to_json(findings), where="it") == findings


def test_findings_with_a_wrong_field_are_refused_by_its_path():
    data = orjson.dumps({"milk": [{"rule": "units", "stop": "yes", "reason": ""}]})
    with pytest.raises(BundleFormatError, match=r"findings.json holds 'yes' as milk\[0\].stop"):
        from_json(data, where="it")
