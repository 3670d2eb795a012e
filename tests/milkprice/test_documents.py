"""Documents decoded into what declares them; what is wrong is named by path, value and kind."""

from typing import Annotated

import msgspec
import pytest

from milkprice.documents import FieldError, decode, encode


class Row(msgspec.Struct, frozen=True, kw_only=True):
    count: Annotated[int, msgspec.Meta(ge=0)]
    texts: dict[str, str] = {}
    numbers: tuple[float, ...] = ()
    month: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d$")] = "2020-01"
    optional: float | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Row, ...]
    codes: dict[str, Annotated[str, msgspec.Meta(pattern=r"^\d\d\Z")]] = {}
    named: dict[str, Row] = {}


WRONG = {
    "no JSON": (b"{", "is no JSON"),
    "NaN": (b'{"rows": NaN}', "is no JSON"),
    "list at the top": (b"[]", "holds list at its top; expected an object"),
    "too deep": (b'{"a":' * 40 + b"1" + b"}" * 40, "nested deeper than 32 levels"),
    "missing": (b"{}", "lacks rows$"),
    "missing inside": (b'{"rows": [{}]}', r"lacks rows\[0\].count$"),
    "kind": (
        b'{"rows": [{"count": "x"}]}',
        r"holds 'x' as rows\[0\].count; expected a whole number",
    ),
    "truth": (b'{"rows": [{"count": true}]}', r"holds True as rows\[0\].count"),
    "bound": (b'{"rows": [{"count": -1}]}', r"holds -1 as rows\[0\].count; .*whole number >= 0"),
    "null": (b'{"rows": [{"count": null}]}', r"holds None as rows\[0\].count"),
    "key of a mapping": (
        b'{"rows": [{"count": 1, "texts": {"a": "b", "c.d": 5}}]}',
        r"holds 5 as rows\[0\].texts.c.d; expected text",
    ),
    "value of a form, not the first": (
        b'{"rows": [], "codes": {"a": "12", "b": "13", "c": "1x", "d": "y"}}',
        "holds '1x' as codes.c",
    ),
    "field of a value, not of the first": (
        b'{"rows": [], "named": {"a": {"count": 1}, "b": {"count": 2}, "c": {"count": "x"}}}',
        "holds 'x' as named.c.count; expected a whole number",
    ),
    "list in a list": (
        b'{"rows": [{"count": 1, "numbers": [1, 2.5, "3"]}]}',
        r"holds '3' as rows\[0\].numbers\[2\]; expected a number",
    ),
    "pattern": (b'{"rows": [{"count": 1, "month": "May"}]}', r"holds 'May' as rows\[0\].month"),
    "either": (
        b'{"rows": [{"count": 1, "optional": "x"}]}',
        r"holds 'x' as rows\[0\].optional; expected a number or null",
    ),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_document_with_a_wrong_field_is_refused_by_path_value_and_kind(data, message):
    with pytest.raises(FieldError, match=message):
        decode(data, Table)


def test_document_written_is_read_back_equal():
    table = Table(rows=(Row(count=1, numbers=(1.0, 2.5), texts={"ñ": "x"}),))
    assert decode(encode(table), Table) == table


def test_unknown_fields_are_passed_over():
    assert decode(b'{"rows": [], "later": 1}', Table) == Table(rows=())
