"""A polynomial predicts alike in every way, its shares are Shapley's, its file is read back."""

import dataclasses
import json
import subprocess
import sys
import tracemalloc
from itertools import combinations
from math import factorial, inf, isfinite, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial import Polynomial, from_pipeline, polynomial
from milkprice.training.polynomial.expansion import monomial_count
from tests.support.pipelines import fitted, rows

SHAPES = {"k": st.integers(1, 5), "degree": st.integers(1, 5), "seed": st.integers(0, 99)}


def drawn(k, degree, seed, *, width=6):
    """Return a polynomial of any numbers."""
    numbers = np.random.default_rng(seed)
    monomials = monomial_count(k, degree, limit=10**6)
    return Polynomial(
        columns=tuple(numbers.permutation(width)[:k].tolist()),
        width=width,
        center=tuple(numbers.normal(size=k).tolist()),
        scale=tuple(numbers.uniform(0.1, 9, size=k).tolist()),
        degree=degree,
        coefficients=tuple(numbers.normal(size=monomials).tolist()),
        intercept=float(numbers.normal()),
    )


class TestPredicting:
    @settings(max_examples=50, deadline=None)
    @given(**SHAPES, most_steps=st.sampled_from([0, 10**6]))
    def test_row_alone_and_among_others_is_the_same_to_the_bit(self, k, degree, seed, most_steps):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(polynomial, "MOST_STEPS", most_steps)
            patch.setattr(polynomial, "SCRATCH_BYTES", 2000)
            model, X = drawn(k, degree, seed), rows(20, seed=seed)
            together = model.predict(X).tolist()
            assert [model.predict_row(row.tolist()) for row in X] == together
            assert [model.predict(X[place, None])[0] for place in range(20)] == together

    @settings(max_examples=60, deadline=None)
    @given(
        **SHAPES,
        width=st.sampled_from([5, 6]),
        count=st.integers(0, 40),
        scratch=st.sampled_from([2000, 20_000, 4 * 2**20]),
        order=st.sampled_from("CF"),
    )
    def test_rows_are_the_same_to_the_bit_however_they_lie_and_are_cut(
        self, k, degree, seed, width, count, scratch, order
    ):
        model, X = drawn(k, degree, seed, width=width), rows(count, width=width, seed=seed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(polynomial, "SCRATCH_BYTES", scratch)
            found = model.predict(np.asarray(X, order=order))
        assert found.tolist() == [model.predict_row(row.tolist()) for row in X]

    @settings(max_examples=30, deadline=None)
    @given(**SHAPES)
    def test_both_ways_of_summing_agree(self, k, degree, seed):
        X = np.random.default_rng(seed).normal(size=(9, 6))
        answers = []
        for most_steps in (0, 10**6):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(polynomial, "MOST_STEPS", most_steps)
                answers.append(drawn(k, degree, seed).predict(X))
        np.testing.assert_allclose(*answers, rtol=0, atol=1e-12 * np.abs(answers[0]).max())

    def test_only_the_selected_columns_are_read(self):
        model = drawn(3, 2, 0)
        X = rows(5)
        expected = model.predict(X).tolist()
        X[:, [column for column in range(6) if column not in model.columns]] = nan
        assert model.predict(X).tolist() == expected
        assert [model.predict_row(row.tolist()) for row in X] == expected

    @pytest.mark.parametrize("most_steps", [0, 10**6], ids=["numpy", "python"])
    @pytest.mark.parametrize("value", [1e300, -1e300, inf, nan])
    def test_row_too_far_out_gives_no_number_and_no_warning(self, monkeypatch, most_steps, value):
        monkeypatch.setattr(polynomial, "MOST_STEPS", most_steps)
        model = drawn(3, 3, 0)
        assert not isfinite(model.predict(np.full((2, 6), value))[0])
        assert not isfinite(model.predict_row([value] * 6))
        assert not isfinite(model.contributions(np.full((2, 6), value))[1].sum())

    def test_no_rows_give_no_predictions(self):
        baseline, shares = drawn(3, 2, 0).contributions(rows(0))
        assert shares.shape == (0, 6)
        assert drawn(3, 2, 0).predict(rows(0)).shape == (0,)
        assert isfinite(baseline)

    @pytest.mark.parametrize("shape", [(6,), (2, 5), (2, 7), (1, 2, 6)], ids=str)
    def test_rows_of_another_shape_are_refused(self, shape):
        for operation in (drawn(3, 2, 0).predict, drawn(3, 2, 0).contributions):
            with pytest.raises(ValueError, match=r"expected \(rows, 6\)"):
                operation(np.zeros(shape))

    def test_argument_is_left_as_it_was(self):
        X = rows(5)
        drawn(6, 3, 0).predict(X)
        drawn(6, 3, 0).contributions(X)
        assert X.tolist() == rows(5).tolist()

    def test_scratch_stays_bounded_however_many_rows_there_are(self):
        model, X = drawn(6, 6, 0), rows(20_000)
        model.predict(X[:2])
        tracemalloc.start()
        model.predict(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * polynomial.SCRATCH_BYTES


class TestContributions:
    @settings(max_examples=50, deadline=None)
    @given(**SHAPES)
    def test_shares_of_a_row_sum_up_to_its_prediction(self, k, degree, seed):
        X = np.random.default_rng(seed).normal(size=(12, 6))
        model = drawn(k, degree, seed)
        baseline, shares = model.contributions(X)
        predictions = model.predict(X)
        reach = np.abs(shares).sum(axis=1).max() + np.abs(predictions).max()
        assert np.abs(baseline + shares.sum(axis=1) - predictions).max() <= 1e-9 * reach

    def test_baseline_is_the_prediction_at_the_means_of_training(self):
        X = rows(40)
        model = from_pipeline(fitted(X, k=4, degree=3), width=6)
        at_means = X.mean(axis=0)[None]
        assert model.baseline == pytest.approx(model.predict(at_means)[0], rel=1e-12)
        baseline, shares = model.contributions(at_means)
        assert baseline == model.baseline
        assert np.abs(shares).max() <= 1e-9

    def test_feature_that_is_not_read_has_no_share(self):
        model = drawn(3, 3, 0)
        shares = model.contributions(rows(5))[1]
        others = [column for column in range(6) if column not in model.columns]
        assert not shares[:, others].any()
        assert shares[:, list(model.columns)].all()

    @settings(max_examples=30, deadline=None)
    @given(k=st.integers(1, 4), degree=st.integers(1, 4), seed=st.integers(0, 99))
    def test_shares_are_the_shapley_values_of_all_coalitions(self, k, degree, seed):
        row = np.random.default_rng(seed).normal(size=6)
        model = drawn(k, degree, seed)
        shares = model.contributions(row[None])[1][0]
        expected = shapley(model, row)
        assert np.abs(shares - expected).max() <= 1e-9 * np.abs(expected).max()


def shapley(model, row):
    """Return Shapley values by their definition, feature after feature, set after set."""
    values = np.zeros(model.width)
    players = model.columns
    for player in players:
        others = [other for other in players if other != player]
        for size in range(len(players)):
            share = factorial(size) * factorial(len(others) - size) / factorial(len(players))
            for coalition in combinations(others, size):
                gain = worth(model, row, {*coalition, player}) - worth(model, row, {*coalition})
                values[player] += share * gain
    return values


def worth(model, row, present):
    """Return the prediction when only some features are there, the others at their means."""
    means = dict(zip(model.columns, model.center, strict=True))
    return model.predict_row(
        [
            float(value) if column in present else means.get(column, 0.0)
            for column, value in enumerate(row)
        ]
    )


class TestConstruction:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            pytest.param({"center": (0.0, nan)}, r"nan as center\[1\]", id="center"),
            pytest.param({"scale": (inf, 1.0)}, r"inf as scale\[0\]", id="scale"),
            pytest.param({"intercept": -inf}, "-inf as intercept", id="intercept"),
            pytest.param(
                {"coefficients": (1.0,) * 5 + (nan,)}, r"nan as coefficients\[5\]", id="weight"
            ),
            pytest.param({"columns": (-1, 2)}, "column -1", id="column"),
            pytest.param({"degree": -1}, "-1 as degree", id="degree"),
        ],
    )
    def test_numbers_that_mean_nothing_are_refused(self, changes, reason):
        with pytest.raises(ModelFormatError, match=f"^The polynomial holds {reason}"):
            dataclasses.replace(drawn(2, 2, 0), **changes)

    @pytest.mark.timeout(5)
    def test_absurd_degree_is_refused_before_anything_of_its_size_is_made(self):
        with pytest.raises(ModelFormatError, match="up to degree 1000000000000"):
            dataclasses.replace(drawn(2, 2, 0), degree=10**12)


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
    again = Polynomial.from_json(polynomial.to_json(), where="here")
    assert again == polynomial
    assert repr(again) == repr(polynomial)


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
        edited(columns=[-1, 4]),
        r"-1 as columns\[0\]; expected a whole number >= 0",
        id="below zero",
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
        Polynomial.from_json(text.encode(), where="milk 1")


def test_document_is_sorted_and_indented():
    lines = PLAIN.to_json().decode().splitlines()
    names = [line.split('"')[1] for line in lines if line.startswith('  "')]
    assert names == sorted(names)
    assert len(names) == 7


def test_polynomial_package_imports_neither_pandas_nor_sklearn():
    script = (
        "import sys\n"
        "from milkprice.training.polynomial import Polynomial\n"
        "Polynomial(columns=(0,), width=1, center=(0.0,), scale=(1.0,), degree=1,\n"
        "           coefficients=(0.0, 1.0), intercept=0.0).predict_row([1.0])\n"
        "print({'pandas', 'sklearn', 'scipy', 'joblib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "set()"
