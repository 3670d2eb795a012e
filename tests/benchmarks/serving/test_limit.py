import pytest

from benchmarks.serving.limit import FEW, MinimalPolynomial

SQUARE = MinimalPolynomial(
    inputs=(("x", 1.0, 2.0), ("y", 0.0, 1.0)),
    products=((0, 0), (0, 1), (1, 0)),
    coefficients=(0.5, 1.0, 2.0, 3.0),
    intercept=10.0,
)


def test_polynomial_of_many_rows_is_that_of_each():
    rows = [{"x": float(number), "y": number / 7} for number in range(FEW + 1)]
    assert SQUARE.predict_all(rows) == pytest.approx([SQUARE.predict(row) for row in rows])
