"""Bundles: packed and read back whole, or refused before anything is unpickled."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry.bundle import (
    SIDECAR,
    VERSION,
    Bundle,
    Feature,
    LibraryPatchWarning,
    from_json,
    libraries,
    load,
    pack,
    read,
    to_json,
    verify,
    with_created,
    with_extra_files,
    with_metrics,
    without_files,
    write,
)
from milkprice.registry.bundle.sidecar import content_hash
from milkprice.registry.errors import (
    BundleChecksumError,
    BundleCodeError,
    BundleFormatError,
    BundleIncompleteError,
    BundleSizeError,
    LibraryVersionError,
)
from tests.support.bundles import FACTS, from_files, toy_bundle
from tests.support.moments import NOON

UNPICKLED = []


class Trap:
    """Tells when it is unpickled, as a hostile model would do worse."""

    def __reduce__(self):
        return spring, ()


def spring():
    UNPICKLED.append("sprung")


@pytest.fixture
def trap():
    UNPICKLED.clear()
    yield pack(Trap(), **FACTS)
    UNPICKLED.clear()


def files_of(bundle):
    return {**bundle.files, SIDECAR: to_json(bundle.sidecar)}


def edited(bundle, edit):
    """Return the files with the sidecar's JSON changed by edit(document)."""
    document = json.loads(to_json(bundle.sidecar))
    edit(document)
    return {**bundle.files, SIDECAR: json.dumps(document).encode()}


def flipped(data, position):
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


class TestPacking:
    def test_bundle_packed_and_loaded_is_the_model(self):
        assert load(toy_bundle("x")) == {"content": "x"}

    def test_version_is_time_and_content(self):
        version = toy_bundle().sidecar.version
        assert version.startswith("20260102T120000Z-")
        assert VERSION.fullmatch(version)

    def test_same_model_packed_twice_has_the_same_content(self):
        first, second = toy_bundle(minutes=0), toy_bundle(minutes=1)
        assert first.sidecar.version != second.sidecar.version
        assert first.sidecar.version[-12:] == second.sidecar.version[-12:]
        assert with_created(second, first.sidecar.version) == first

    @pytest.mark.parametrize(
        "facts",
        [
            {"content": 2},
            {"metrics": {"rmse": 12.6}},
            {"feature_set": "improved"},
            {"sources": {}},
            {"name": "cheese"},
            {"extra_files": {"report.html": b"<p>"}},
        ],
        ids=lambda facts: next(iter(facts)),
    )
    def test_other_facts_make_another_content(self, facts):
        assert toy_bundle(**facts).sidecar.version[-12:] != toy_bundle().sidecar.version[-12:]

    def test_order_of_keys_makes_no_difference(self):
        there = toy_bundle(metrics={"a": 1, "b": 2})
        assert toy_bundle(metrics={"b": 2, "a": 1}).sidecar.version == there.sidecar.version

    def test_order_of_features_makes_another_content(self):
        turned = toy_bundle(features=tuple(reversed(FACTS["features"])))
        assert turned.sidecar.version != toy_bundle().sidecar.version

    def test_time_in_another_zone_is_written_in_utc(self):
        santiago = timezone(timedelta(hours=-3))
        bundle = pack({}, **{**FACTS, "created": NOON.astimezone(santiago)})
        assert bundle.sidecar.created == "2026-01-02T12:00:00Z"

    def test_time_without_zone_is_refused(self):
        with pytest.raises(SettingError, match="time zone"):
            pack({}, **{**FACTS, "created": datetime(2026, 1, 2)})  # noqa: DTZ001

    @pytest.mark.parametrize("name", ["", "Milk", "a/b", "..", "-a", "milk\n"])
    def test_name_that_cannot_be_a_key_is_refused(self, name):
        with pytest.raises(SettingError, match="model name"):
            toy_bundle(name=name)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float32("nan")], ids=str)
    def test_metric_that_is_not_finite_is_named(self, bad):
        with pytest.raises(BundleFormatError, match=r"metrics\.r2\.test\[1\]"):
            toy_bundle(metrics={"r2": {"test": [0.5, bad]}})

    def test_feature_range_that_is_not_finite_is_named(self):
        feature = Feature(name="rain", unit="mm", minimum=float("nan"), maximum=1)
        with pytest.raises(BundleFormatError, match=r"features\.rain\.minimum"):
            toy_bundle(features=[feature])

    def test_numbers_of_numpy_become_plain(self):
        metrics = {"rmse": np.float64(0.5), "n": np.int64(3), "all": np.array([1.5, 2.5])}
        assert toy_bundle(metrics=metrics).sidecar.metrics == {
            "rmse": 0.5,
            "n": 3,
            "all": [1.5, 2.5],
        }

    @pytest.mark.parametrize(
        "parameters", [{"f": print}, {1: "x"}, {"s": {1, 2}}, {"n": 2**70}, {"t": "\ud800"}]
    )
    def test_parameter_that_is_no_json_is_refused(self, parameters):
        with pytest.raises(BundleFormatError):
            toy_bundle(parameters=parameters)

    @pytest.mark.parametrize("file", ["../x", "a/b", "..", ".hidden", "a\\b", "model.json", ""])
    def test_extra_file_with_a_path_in_its_name_is_refused(self, file):
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


class TestFolder:
    def test_bundle_written_and_read_is_equal(self, tmp_path):
        bundle = toy_bundle(extra_files={"report.html": b"<p>"})
        write(bundle, tmp_path / "new" / "model")
        assert read(tmp_path / "new" / "model") == bundle
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["model"]

    def test_bundle_written_over_another_replaces_all_of_it(self, tmp_path):
        write(toy_bundle(1, extra_files={"old.html": b""}), tmp_path / "model")
        write(toy_bundle(2), tmp_path / "model")
        assert load(read(tmp_path / "model")) == {"content": 2}
        assert not (tmp_path / "model" / "old.html").exists()

    def test_bundle_written_into_an_empty_folder_fills_it(self, tmp_path):
        (tmp_path / "model").mkdir()
        write(toy_bundle(), tmp_path / "model")
        assert read(tmp_path / "model") == toy_bundle()

    @pytest.mark.parametrize("with_bundle", [True, False])
    def test_folder_with_other_files_is_not_replaced(self, tmp_path, with_bundle):
        if with_bundle:
            write(toy_bundle(), tmp_path / "model")
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / "thesis.doc").write_text("years of work")
        with pytest.raises(SettingError, match="nothing but a bundle"):
            write(toy_bundle(2), tmp_path / "model")
        assert (tmp_path / "model" / "thesis.doc").read_text() == "years of work"
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_write_that_fails_midway_leaves_what_was_there(self, tmp_path, monkeypatch):
        write(toy_bundle(1), tmp_path / "model")
        write_bytes = Path.write_bytes

        def full_disk(path, data):
            if path.name == SIDECAR:
                raise OSError(28, "No space left on device")
            return write_bytes(path, data)

        monkeypatch.setattr(Path, "write_bytes", full_disk)
        with pytest.raises(OSError, match="No space"):
            write(toy_bundle(2), tmp_path / "model")
        assert [path.name for path in tmp_path.iterdir()] == ["model"]
        assert read(tmp_path / "model") == toy_bundle(1)

    def test_rename_that_fails_puts_the_old_bundle_back(self, tmp_path, monkeypatch):
        write(toy_bundle(1), tmp_path / "model")
        rename = Path.rename

        def refused(path, target):
            if path.name == "new":
                raise OSError(5, "Input/output error")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", refused)
        with pytest.raises(OSError, match="Input/output"):
            write(toy_bundle(2), tmp_path / "model")
        assert read(tmp_path / "model") == toy_bundle(1)

    def test_folder_without_sidecar_is_incomplete(self, tmp_path):
        (tmp_path / "model.joblib").write_bytes(b"")
        with pytest.raises(BundleIncompleteError, match=r"model\.json"):
            read(tmp_path)

    def test_folder_without_model_is_incomplete(self, tmp_path):
        write(toy_bundle(), tmp_path / "model")
        (tmp_path / "model" / "model.joblib").unlink()
        with pytest.raises(BundleIncompleteError, match=r"has no model\.joblib"):
            read(tmp_path / "model")

    def test_file_the_sidecar_does_not_list_is_not_read(self, tmp_path):
        write(toy_bundle(), tmp_path / "model")
        (tmp_path / "model" / "notes.txt").write_text("mine")
        assert read(tmp_path / "model") == toy_bundle()


class TestVerification:
    def test_any_flipped_byte_of_the_model_is_refused_before_unpickling(self, trap):
        files = files_of(trap)
        for position in range(len(files["model.joblib"])):
            data = flipped(files["model.joblib"], position)
            with pytest.raises(BundleChecksumError, match=r"model\.joblib"):
                load(from_files({**files, "model.joblib": data}))
        assert UNPICKLED == []

    def test_any_flipped_byte_of_the_sidecar_is_refused_before_unpickling(self, trap):
        files = files_of(trap)
        for position in range(len(files[SIDECAR])):
            data = flipped(files[SIDECAR], position)
            with pytest.raises((BundleFormatError, BundleIncompleteError)):
                load(from_files({**files, SIDECAR: data}))
        assert UNPICKLED == []

    def test_trap_in_an_untouched_bundle_springs(self, trap):
        load(from_files(files_of(trap)))
        assert UNPICKLED == ["sprung"]

    def test_hand_made_bundle_with_other_bytes_is_not_loaded(self, trap):
        with pytest.raises(BundleChecksumError):
            load(Bundle(toy_bundle().sidecar, trap.files))
        assert UNPICKLED == []

    def test_sidecar_of_another_model_is_refused(self):
        files = {**files_of(toy_bundle(1)), SIDECAR: to_json(toy_bundle(2).sidecar)}
        with pytest.raises(BundleChecksumError):
            from_files(files)

    def test_sidecar_with_fitting_hashes_under_another_version_is_refused(self):
        bundle = toy_bundle()
        sidecar = dataclasses.replace(bundle.sidecar, version=toy_bundle(2).sidecar.version)
        with pytest.raises(BundleFormatError, match="altered"):
            verify(Bundle(sidecar, bundle.files))

    def test_file_of_another_length_is_refused(self):
        files = files_of(toy_bundle())
        with pytest.raises(BundleSizeError, match=r"has 28 bytes, its model\.json says 27"):
            from_files({**files, "model.joblib": files["model.joblib"] + b"\0"})

    @pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(toy_bundle().sidecar)])
    def test_sidecar_without_a_field_names_it(self, field):
        files = edited(toy_bundle(), lambda document: document.pop(field))
        with pytest.raises(BundleFormatError, match=f"here: model.json lacks {field}"):
            from_files(files)

    @pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(toy_bundle().sidecar)])
    @pytest.mark.parametrize("value", [None, 7, True], ids=str)
    def test_sidecar_with_a_field_of_a_wrong_kind_names_it(self, field, value):
        files = edited(toy_bundle(), lambda document: document.update({field: value}))
        with pytest.raises(BundleFormatError, match=f"holds {value} as {field}; expected"):
            from_files(files)

    def test_sidecar_with_a_wrong_feature_names_the_place(self):
        files = edited(toy_bundle(), lambda document: document["features"][1].pop("unit"))
        with pytest.raises(BundleFormatError, match=r"lacks features\[1\]\.unit"):
            from_files(files)

    @pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "a/b", ".."])
    def test_sidecar_that_lists_a_path_is_refused(self, tmp_path, file):
        record = {"sha256": "0" * 64, "size": 0}
        files = edited(toy_bundle(), lambda document: document["files"].update({file: record}))
        (tmp_path / SIDECAR).write_bytes(files[SIDECAR])
        with pytest.raises(BundleFormatError, match="plain names"):
            read(tmp_path)

    @pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b'{"name": NaN}'])
    def test_sidecar_that_is_no_json_object_is_refused(self, data):
        with pytest.raises(BundleFormatError, match=r"here: model\.json"):
            from_files({SIDECAR: data})

    def test_sidecar_with_an_unknown_field_is_refused(self):
        files = edited(toy_bundle(), lambda document: document.update(more=1))
        with pytest.raises(BundleFormatError, match="edited"):
            from_files(files)


class TestLibraries:
    HERE: ClassVar = {
        "scikit-learn": "1.9.1",
        "numpy": "2.4.0",
        "pandas": "2.3.3",
        "joblib": "1.5.2",
    }

    @pytest.fixture(autouse=True)
    def installed(self, monkeypatch):
        monkeypatch.setattr(libraries, "version", self.HERE.__getitem__)

    @pytest.mark.parametrize(
        ("library", "packed"),
        [
            ("scikit-learn", "1.8.0"),
            ("scikit-learn", "1.10.0"),
            ("scikit-learn", "2.9.1"),
            ("numpy", "1.26.4"),
            ("pandas", "3.0.0"),
            ("joblib", "2.0.0"),
        ],
    )
    def test_library_of_another_release_is_refused_before_unpickling(self, trap, library, packed):
        bundle = packed_with(trap, library, packed)
        with pytest.raises(LibraryVersionError) as error:
            load(bundle)
        assert f"{library} {packed}, installed is {self.HERE[library]}" in str(error.value)
        assert UNPICKLED == []

    @pytest.mark.parametrize("library", ["scikit-learn", "numpy", "pandas", "joblib"])
    def test_library_the_sidecar_does_not_name_is_refused(self, library):
        with pytest.raises(LibraryVersionError, match="unknown"):
            load(packed_with(toy_bundle(), library, None))

    @pytest.mark.parametrize(
        ("library", "packed"),
        [
            ("scikit-learn", "1.9.1"),
            ("numpy", "2.2.0"),
            ("pandas", "2.9"),
            ("joblib", "1.4"),
            ("python", "3.10.0"),
            ("milkprice", "0.0.1"),
        ],
    )
    def test_library_of_a_compatible_release_loads_in_silence(self, library, packed):
        assert load(packed_with(toy_bundle(), library, packed)) == {"content": 1}

    @pytest.mark.parametrize("packed", ["1.9.0", "1.9.7"])
    def test_scikit_learn_of_another_patch_loads_with_a_warning(self, packed):
        with pytest.warns(LibraryPatchWarning, match=rf"{packed} and is loaded by 1\.9\.1"):
            assert load(packed_with(toy_bundle(), "scikit-learn", packed)) == {"content": 1}


def packed_with(bundle, library, release):
    """Return the bundle as if packed where a library had another release."""
    marked = {**bundle.sidecar.libraries, **TestLibraries.HERE, library: release}
    named = {name: value for name, value in marked.items() if value is not None}
    sidecar = dataclasses.replace(bundle.sidecar, libraries=named)
    content = content_hash(sidecar)
    version = f"{sidecar.version[:17]}{content[:12]}"
    return Bundle(dataclasses.replace(sidecar, version=version), bundle.files)


def test_library_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setattr(libraries, "MAJOR", ("no-such-library",))
    packed = {"scikit-learn": libraries.version("scikit-learn"), "no-such-library": "1.0"}
    with pytest.raises(LibraryVersionError, match="installed is none"):
        libraries.check_libraries(packed, where="here")


def test_model_of_code_that_is_gone_says_so(monkeypatch):
    bundle = pack(Gone(), **FACTS)
    monkeypatch.delitem(globals(), "Gone")
    with pytest.raises(BundleCodeError, match="Gone"):
        load(bundle)


class Gone:
    """A class that a later release no longer has."""


class TestAdditions:
    def test_more_files_and_parameters_make_another_version_of_the_same_model(self):
        bundle = toy_bundle()
        more = with_metrics(bundle, bundle.sidecar.metrics, parameters={"more": 1})
        more = with_extra_files(more, {"note": b"said"})
        assert more.files == {**bundle.files, "note": b"said"}
        assert more.sidecar.parameters == {**bundle.sidecar.parameters, "more": 1}
        assert more.sidecar.metrics == bundle.sidecar.metrics
        assert more.sidecar.version != bundle.sidecar.version
        assert more.sidecar.created == bundle.sidecar.created
        assert verify(more) is more

    def test_metrics_take_the_place_of_those_there_are(self):
        found = with_metrics(toy_bundle(), {"model": {"mae": 1.5}})
        assert found.sidecar.metrics == {"model": {"mae": 1.5}}

    def test_nothing_more_is_the_same_bundle(self):
        assert with_extra_files(toy_bundle(), {}) == toy_bundle()

    def test_file_given_anew_takes_the_place_of_the_old_one(self):
        first = with_extra_files(toy_bundle(), {"note": b"first"})
        second = with_extra_files(first, {"note": b"second"})
        assert second == with_extra_files(toy_bundle(), {"note": b"second"})

    @pytest.mark.parametrize(
        "change",
        [{"metrics": {"mae": float("nan")}}, {"metrics": {}, "parameters": {"more": object()}}],
        ids=["nan", "object"],
    )  # fmt: skip
    def test_what_json_cannot_hold_is_refused(self, change):
        with pytest.raises(BundleFormatError, match="milk"):
            with_metrics(toy_bundle(), **change)

    def test_bundle_without_what_was_added_is_the_one_before(self):
        more = with_extra_files(toy_bundle(), {"note": b"said", "other": b"more"})
        assert without_files(more, {"note", "other"}) == toy_bundle()
        assert set(without_files(more, {"note", "unknown"}).files) == {"model.joblib", "other"}
