"""Models without a pickle: read back the same, or refused before anything of them is made."""

from __future__ import annotations

import io
import os
import random
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, mutual_info_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from milkprice.registry.bundle import Bundle, load, pack, with_extra_files
from milkprice.registry.errors import (
    BundleError,
    BundleTooLargeError,
    BundleTypesError,
    ModelFormatError,
    SkopsMissingError,
)
from tests.support.bundles import FACTS
from tests.support.commands import milkprice as milkprice_command

pytest.importorskip("skops.io", reason="needs skops: pip install 'milkprice[skops]'")

ROWS = np.random.default_rng(0).normal(size=(60, 5))
ARCHIVE = "model.skops"
milkprice = milkprice_command


@pytest.fixture(scope="module")
def model():
    """A pipeline of the kind that the search finds."""
    score = partial(mutual_info_regression, n_neighbors=3, random_state=1)
    steps = [
        ("scale", StandardScaler()),
        ("selector", SelectKBest(score, k=3)),
        ("poly", PolynomialFeatures(2)),
        ("model", Ridge()),
    ]
    return Pipeline(steps).fit(ROWS, ROWS[:, 0])


def packed(model: object) -> Bundle:
    return pack(model, **FACTS, model_format="skops")


def with_archive(data: bytes) -> Bundle:
    return with_extra_files(packed(1.0), {ARCHIVE: data})


def test_model_read_back_from_an_archive_predicts_the_same(model):
    bundle = packed(model)
    assert list(bundle.files) == [ARCHIVE]
    assert np.array_equal(load(bundle).predict(ROWS), model.predict(ROWS))


def test_model_written_twice_is_one_version(model):
    assert packed(model) == packed(load(packed(model)))


@pytest.mark.parametrize(
    "weights",
    [{True: 20, False: 1}, {1: 20, "1": 1}],
    ids=["booleans", "a number and its text"],
)
def test_model_that_an_archive_would_change_is_refused_before_it_is_packed(weights):
    model = LogisticRegression(class_weight=weights)
    with pytest.raises(ModelFormatError, match="of LogisticRegression would be read back as"):
        packed(model)
    assert load(pack(model, **FACTS)).class_weight == weights


def test_dictionary_with_keys_of_one_type_is_kept_by_an_archive():
    weights = {2: 20, 1: 1, 3: 0.5}
    assert load(packed(LogisticRegression(class_weight=weights))).class_weight == weights


@pytest.mark.parametrize(
    ("function", "named"),
    [(os.system, "posix.system"), (partial(os.system, "true"), "posix.system"),
     (eval, "builtins.eval")],
    ids=["function", "within a partial", "eval"],
)  # fmt: skip
def test_archive_of_a_type_that_no_model_has_is_refused_by_its_name(function, named):
    bundle = packed(Pipeline([("hostile", FunctionTransformer(function))]))
    with pytest.raises(BundleTypesError, match=named):
        load(bundle)


def test_archive_of_a_class_that_runs_code_is_refused_unrun(tmp_path):
    bundle = packed(Pipeline([("hostile", FunctionTransformer(Path(tmp_path / "made").mkdir))]))
    with pytest.raises(BundleTypesError, match="none of it was loaded"):
        load(bundle)
    assert not (tmp_path / "made").exists()


def test_archive_that_unpacks_to_more_than_a_model_may_have_is_not_unpacked():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.npy", bytes(64 * 2**20))
    with pytest.raises(BundleTooLargeError, match="67,108,864 bytes"):
        load(with_archive(written.getvalue()))


@pytest.mark.parametrize("data", [b"", b"\x80\x04K\x01.", b"PK\x05\x06" + bytes(18)], ids=repr)
def test_archive_that_is_none_is_refused(data):
    with pytest.raises(ModelFormatError, match="is no archive of skops"):
        load(with_archive(data))


@pytest.mark.slow
def test_archive_damaged_and_packed_anew_is_read_or_refused_with_a_reason(model):
    """Whatever byte it is, nothing but an error of ours comes of it."""
    whole, draw = packed(model).files[ARCHIVE], random.Random(0)  # noqa: S311
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        try:
            load(with_archive(bytes(data)))
        except BundleError:
            refused += 1
    assert refused > 200


def test_archive_where_skops_is_not_installed_says_how_to_get_it(monkeypatch, model):
    bundle = packed(model)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    for attempt in (lambda: load(bundle), lambda: packed(model)):
        with pytest.raises(SkopsMissingError, match=r"pip install 'milkprice\[skops\]'"):
            attempt()


@pytest.mark.slow
def test_trained_model_scores_the_same_in_either_format(milkprice, tmp_path):
    for command in (
        ("data", "sample", "--out", "raw"),
        ("clean", "--source", "raw"),
        ("features",),
    ):
        assert milkprice(*command).status == 0
    grid = ("--k", "3", "--degree", "2", "--alpha", "1", "--json")
    made = {
        form: milkprice("train", *grid, "--model-format", form, "--out", form)
        for form in ("joblib", "skops")
    }
    assert (tmp_path / "skops" / ARCHIVE).is_file()
    assert not (tmp_path / "skops" / "model.joblib").exists()
    assert made["joblib"].json["metrics"] == made["skops"].json["metrics"]
    again = milkprice("evaluate", "--bundle", "skops", "--json")
    assert again.json["metrics"] == made["joblib"].json["metrics"]
