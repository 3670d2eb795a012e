"""Sidecars: what they hold, what is refused, and that they are read back to the byte."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry.bundle import VERSION, Feature, from_json, pack, to_json
from milkprice.registry.errors import BundleFormatError
from tests.support.bundles import FACTS, toy_bundle
from tests.support.moments import NOON

FIELDS = [field.name for field in dataclasses.fields(toy_bundle().sidecar)]


def edited(edit):
    """Return a sidecar's bytes with its JSON changed by edit(document)."""
    document = json.loads(to_json(toy_bundle().sidecar))
    edit(document)
    return json.dumps(document).encode()


def test_version_is_time_and_content():
    version = toy_bundle().sidecar.version
    assert version.startswith("20260102T120000Z-")
    assert VERSION.fullmatch(version)


@pytest.mark.parametrize(
    "facts",
    [
        {"content": 2},
        {"metrics": {"rmse": 12.6}},
        {"feature_set": "improved"},
        {"sources": {}},
        {"name": "cheese"},
        {"extra_files": {"report.html": b"<p>"}},
        {"features": tuple(reversed(FACTS["features"]))},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_other_facts_make_another_content(facts):
    assert toy_bundle(**facts).sidecar.version[-12:] != toy_bundle().sidecar.version[-12:]


def test_order_of_keys_makes_no_difference():
    first, second = toy_bundle(metrics={"a": 1, "b": 2}), toy_bundle(metrics={"b": 2, "a": 1})
    assert first.sidecar.version == second.sidecar.version


def test_time_in_another_zone_is_written_in_utc():
    santiago = timezone(timedelta(hours=-3))
    bundle = pack({}, **{**FACTS, "created": NOON.astimezone(santiago)})
    assert bundle.sidecar.created == "2026-01-02T12:00:00Z"


def test_time_without_zone_is_refused():
    with pytest.raises(SettingError, match="time zone"):
        pack({}, **{**FACTS, "created": datetime(2026, 1, 2)})  # noqa: DTZ001


@pytest.mark.parametrize("name", ["", "Milk", "a/b", "..", "-a", "milk\n"])
def test_name_that_cannot_be_a_key_is_refused(name):
    with pytest.raises(SettingError, match="model name"):
        toy_bundle(name=name)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float32("nan")], ids=str)
def test_metric_that_is_not_finite_is_named(bad):
    with pytest.raises(BundleFormatError, match=r"metrics\.r2\.test\[1\]"):
        toy_bundle(metrics={"r2": {"test": [0.5, bad]}})


def test_feature_range_that_is_not_finite_is_named():
    feature = Feature(name="rain", unit="mm", minimum=float("nan"), maximum=1)
    with pytest.raises(BundleFormatError, match=r"features\.rain\.minimum"):
        toy_bundle(features=[feature])


def test_numbers_of_numpy_become_plain():
    metrics = {"rmse": np.float64(0.5), "n": np.int64(3), "all": np.array([1.5, 2.5])}
    plain = {"rmse": 0.5, "n": 3, "all": [1.5, 2.5]}
    assert toy_bundle(metrics=metrics).sidecar.metrics == plain


@pytest.mark.parametrize(
    "parameters", [{"f": print}, {1: "x"}, {"s": {1, 2}}, {"n": 2**70}, {"t": "\ud800"}]
)
def test_parameter_that_is_no_json_is_refused(parameters):
    with pytest.raises(BundleFormatError):
        toy_bundle(parameters=parameters)


@pytest.mark.parametrize(
    "file", ["../x", "/x", "a/b", "..", ".hidden", "a\\b", "model.json", "model.sig", "", "x\n"]
)
def test_file_with_a_path_in_its_name_is_refused(file):
    with pytest.raises(BundleFormatError, match="plain names"):
        toy_bundle(extra_files={file: b""})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.slow
@given(
    parameters=st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    ranges=st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), max_size=3),
    unit=st.text(max_size=5),
)
@hypothesis_settings(max_examples=100, deadline=None)
def test_sidecar_written_and_read_back_is_equal(parameters, ranges, unit):
    features = [Feature(name="f", unit=unit, minimum=a, maximum=b) for a, b in ranges]
    sidecar = toy_bundle(parameters=parameters, features=features).sidecar
    assert from_json(to_json(sidecar), where="here") == sidecar


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [None, 7, True], ids=str)
def test_sidecar_with_a_field_of_a_wrong_kind_names_it(field, value):
    data = edited(lambda document: document.update({field: value}))
    with pytest.raises(BundleFormatError, match=f"holds {value} as {field}; expected"):
        from_json(data, where="here")


WRONG = {
    "version": (
        lambda document: document.update(version="20260102T120000Z-0123456789ab\n"),
        "holds '20260102T120000Z-0123456789ab.n' as version",
    ),
    "hash": (
        lambda document: document["files"].update({"z": {"sha256": "0" * 63, "size": 0}}),
        "holds '0{59}.* as files.z.sha256",
    ),
    "negative size": (
        lambda document: document["files"]["model.joblib"].update(size=-1),
        "holds -1 as files.model.joblib.size; expected a whole number >= 0",
    ),
    "path": (
        lambda document: document["files"].update({"../x": {"sha256": "0" * 64, "size": 0}}),
        "lists a file '../x'; expected plain names",
    ),
    "unknown field": (lambda document: document.update(more=1), "edited after packing"),
    "other content": (lambda document: document["target"].update(unit="x"), "it was altered"),
}


@pytest.mark.parametrize(("edit", "message"), WRONG.values(), ids=WRONG)
def test_sidecar_with_a_wrong_value_names_the_place(edit, message):
    with pytest.raises(BundleFormatError, match=message):
        from_json(edited(edit), where="here")
