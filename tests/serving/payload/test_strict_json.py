"""Strict JSON."""

import json
import sys

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import JsonError
from serving.payload import strict_json

PADDING = b'"' + b" " * strict_json.LARGE_BYTES + b'"'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(':"\\a', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(":a\\", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf{}", "byte order mark", id="byte order mark"),
        pytest.param(b'{"a": "\xff"}', "UTF-8", id="not UTF-8"),
        pytest.param(b'{"a": 1', "line 1 column 8", id="cut off"),
        pytest.param(b'{"a": 1} 2', "line 1 column 10", id="something behind"),
        pytest.param(b'{"a": NaN}', "line 1 column 7", id="NaN"),
        pytest.param(b'{"a": 1e999}', "infinity", id="infinite"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", "infinity", id="endless integer"),
        pytest.param(b'{"a": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", "depth", id="deep"),
        pytest.param(b'{"\\ud800": 1}', "surrogate", id="half a letter"),
        pytest.param(b"[]", "it is []; expected an object", id="list"),
        pytest.param(b"null", "it is None; expected an object", id="null"),
        pytest.param(b"[" * 1000 + b"]" * 1000, "expected an object", id="deep list"),
        pytest.param(b'{"a": 1, "a": 2}', "the key 'a' twice", id="twice"),
        pytest.param(b'{"a": 1, "\\u0061": 2}', "the key 'a' twice", id="twice by an escape"),
        pytest.param(b'{"a": [{"b": 1, "b": 1}]}', "the key 'b' twice", id="twice within"),
        pytest.param(b'{":": 1, ":": 2}', "the key ':' twice", id="a colon twice"),
        pytest.param(b'{"a": "\\u003a", "a": 1}', "the key 'a' twice", id="an escaped colon"),
        pytest.param(
            b'{"a": [' + b"[" * 1000 + b"]" * 1000 + b'], "a": 1}',
            # Up to 3.11 the standard library gives up at the depth that orjson still takes.
            "deep" if sys.version_info < (3, 12) else "the key 'a' twice",
            id="twice but deep",
        ),
        pytest.param(
            b'{"a": %s, "b": 1, "b": 1}' % PADDING, "the key 'b' twice", id="twice in a large body"
        ),
    ],
)
def test_parse_body_that_means_no_one_thing_is_refused(body, reason):
    with pytest.raises(JsonError, match="The body is not usable JSON") as caught:
        strict_json.parse(body)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param({"a": {"a": {"a": 1}}}, id="same key on other floors"),
        pytest.param({"a:b": "c:d", "e": [":", {"f": ":::"}]}, id="colons in text"),
        pytest.param({"a": 'b\\":"c'}, id="escapes and colons"),
        pytest.param({"a": [1, {"b": 2}]}, id="numbers before an object"),
        pytest.param({"a": ":" * strict_json.LARGE_BYTES}, id="many colons"),
    ],
)
def test_parse_unusual_object_is_taken(document):
    assert strict_json.parse(json.dumps(document).encode()) == document


def test_check_duplicate_keys_where_text_alone_holds_colons_does_not_read_twice(monkeypatch):
    monkeypatch.setattr(strict_json, "_parse_exactly", pytest.fail)
    strict_json.parse(b'{"id": "urn:uuid:1", "a": [{"b": 1}], "c": [1, 2]}')


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(":ab", max_size=2), JSON, max_size=4))
def test_parse_whatever_was_written_by_a_machine_is_taken(document):
    assert strict_json.parse(orjson.dumps(document)) == document


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(JSON, JSON, st.lists(st.tuples(st.text(":a", max_size=1), JSON), max_size=3))
def test_parse_any_key_twice_is_refused(first, second, others):
    pairs = [("a", first), *others, ("a", second)]
    members = (orjson.dumps(key) + b":" + orjson.dumps(value) for key, value in pairs)
    with pytest.raises(JsonError, match="twice"):
        strict_json.parse(b'{"b": [{' + b",".join(members) + b"}]}")
