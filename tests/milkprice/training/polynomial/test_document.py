"""A polynomial written and read back is the same, and a broken file says why it is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial import Polynomial, from_json, from_pipeline
from tests.support.pipelines import fitted, rows

PLAIN = Polynomial(
    columns=(4, 1),
    width=6,
    center=(0.1, -2.0),
    scale=(1.5, 3.0),
    degree=2,
    coefficients=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    intercept=7.25,
)
floats = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(
    center=st.tuples(floats, floats),
    scale=st.tuples(floats.filter(bool), floats.filter(bool)),
    coefficients=st.tuples(*[floats] * 6),
    intercept=floats,
)
def test_any_polynomial_is_read_back_to_the_bit(**numbers):
    polynomial = Polynomial(columns=(4, 1), width=6, degree=2, **numbers)
    again = from_json(polynomial.to_json(), where="here")
    assert again == polynomial
    assert repr(again) == repr(polynomial)


def test_trained_polynomial_read_back_predicts_to_the_bit_the_same():
    polynomial = from_pipeline(fitted(rows(40), k=5, degree=4), width=6)
    again = from_json(polynomial.to_json(), where="here")
    assert again.predict(rows(9)).tolist() == polynomial.predict(rows(9)).tolist()


def edited(**changes):
    """Return the document with fields set, or taken out where they are None."""
    document = {**json.loads(PLAIN.to_json()), **changes}
    return json.dumps({name: value for name, value in document.items() if value is not None})


BROKEN = [
    pytest.param("{", "is no JSON", id="no JSON"),
    pytest.param("[]", "holds list at its top; expected an object", id="list"),
    pytest.param(edited(degree=None), "lacks degree", id="missing"),
    pytest.param(edited(columns=4), "holds 4 as columns; expected a list", id="no list"),
    pytest.param(
        edited(columns=[4, 1.5]), r"1\.5 as columns\[1\]; expected a whole number", id="fraction"
    ),
    pytest.param(
        edited(columns=[4, True]), r"True as columns\[1\]; expected a whole number", id="boolean"
    ),
    pytest.param(
        edited(columns=[-1, 4]), r"-1 as columns\[0\]; expected 0 or more", id="below zero"
    ),
    pytest.param(edited(columns=[4, 6]), "column 6; expected columns below the width", id="beyond"),
    pytest.param(edited(columns=[4, 4]), "column 4 2 times; expected each once", id="twice"),
    pytest.param(edited(columns=[]), "no columns; expected one or more", id="no columns"),
    pytest.param(edited(width=0), "column 4; expected columns below the width, which is 0", id="0"),
    pytest.param(
        edited(center=[1.0]), "1 numbers as center; expected 2, one for each column", id="short"
    ),
    pytest.param(
        edited(scale=[1.0, 2.0, 3.0]), "3 numbers as scale; expected 2, one for each", id="long"
    ),
    pytest.param(
        edited(scale=[1.0, "2"]), r"'2' as scale\[1\]; expected a number", id="text as number"
    ),
    pytest.param(
        edited(scale=[1.0, 0.0]), r"0 as scale\[1\]; expected a number to divide by", id="scale 0"
    ),
    pytest.param(
        edited(scale=[1.0, -0.0]), r"0 as scale\[1\]; expected a number to divide", id="scale -0"
    ),
    pytest.param(edited(degree=0), "0 as degree; expected 1 or more", id="degree 0"),
    pytest.param(edited(degree=2.0), r"2\.0 as degree; expected a whole number", id="degree 2.0"),
    pytest.param(
        edited(coefficients=[1.0] * 5),
        r"5 coefficients; expected C\(4, 2\), one for each monomial of 2 columns up to degree 2",
        id="fewer coefficients",
    ),
    pytest.param(edited(coefficients=[1.0] * 7), r"7 coefficients; expected C\(4, 2\)", id="more"),
    pytest.param(
        edited(degree=2**63), r"6 coefficients; expected C\(9223372036854775810, ", id="absurd"
    ),
    pytest.param(
        edited(coefficients=[1, 2, 3, 4, 5, None]),
        r"None as coefficients\[5\]; expected a number",
        id="null",
    ),
    pytest.param(edited(intercept="7"), "'7' as intercept; expected a number", id="text"),
    pytest.param(edited(intercept=float("nan")), "is no JSON", id="NaN"),
    pytest.param(edited(kind="spline"), "is not in the form it was written in", id="unknown field"),
    pytest.param(edited(), "is not in the form it was written in", id="not indented"),
]


@pytest.mark.parametrize(("text", "reason"), BROKEN)
def test_broken_document_is_refused_with_its_reason(text, reason):
    with pytest.raises(ModelFormatError, match=rf"^milk 1: polynomial\.json .*{reason}"):
        from_json(text.encode(), where="milk 1")


def test_document_is_sorted_and_indented():
    lines = PLAIN.to_json().decode().splitlines()
    names = [line.split('"')[1] for line in lines if line.startswith('  "')]
    assert names == sorted(names)
    assert len(names) == 7
