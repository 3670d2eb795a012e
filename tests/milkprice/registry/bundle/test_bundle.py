"""Bundles: packed and loaded whole, or refused before anything is unpickled."""

from __future__ import annotations

import dataclasses

import pytest

from milkprice.registry.bundle import (
    SIDECAR,
    Bundle,
    LibraryPatchWarning,
    load,
    model_file,
    pack,
    verify,
    with_created,
    with_extra_files,
    with_metrics,
    without_files,
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
from tests.support.hostile import files_of, flip

UNPICKLED = []
INSTALLED = {"scikit-learn": "1.9.1", "numpy": "2.4.0", "pandas": "2.3.3", "joblib": "1.5.2"}


class Trap:
    """Notes when it is unpickled, as a hostile model would do worse."""

    def __reduce__(self):
        return spring, ()


def spring():
    UNPICKLED.append("sprung")


@pytest.fixture
def trap():
    UNPICKLED.clear()
    yield pack(Trap(), **FACTS)
    UNPICKLED.clear()


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(model_file, "version", INSTALLED.__getitem__)


def packed_with(bundle, library, release):
    """Return the bundle as if packed where a library had another release; None for none."""
    libraries = {**bundle.sidecar.libraries, **INSTALLED, library: release}
    named = {name: value for name, value in libraries.items() if value is not None}
    sidecar = dataclasses.replace(bundle.sidecar, libraries=named)
    version = f"{sidecar.version[:17]}{content_hash(sidecar)[:12]}"
    return Bundle(dataclasses.replace(sidecar, version=version), bundle.files)


def test_bundle_packed_and_loaded_is_the_model():
    assert load(toy_bundle("x")) == {"content": "x"}


def test_same_model_packed_twice_has_the_same_content():
    first, second = toy_bundle(minutes=0), toy_bundle(minutes=1)
    assert first.sidecar.version != second.sidecar.version
    assert first.sidecar.version[-12:] == second.sidecar.version[-12:]
    assert with_created(second, first.sidecar.version) == first


class TestAdditions:
    def test_more_files_and_parameters_make_another_version_of_the_same_model(self):
        bundle = toy_bundle()
        more = with_metrics(bundle, {"model": {"mae": 1.5}}, parameters={"more": 1})
        more = with_extra_files(with_extra_files(more, {"note": b"old"}), {"note": b"new"})
        assert more.files == {**bundle.files, "note": b"new"}
        assert more.sidecar.parameters == {**bundle.sidecar.parameters, "more": 1}
        assert more.sidecar.metrics == {"model": {"mae": 1.5}}
        assert more.sidecar.version != bundle.sidecar.version
        assert more.sidecar.created == bundle.sidecar.created
        assert verify(more) is more

    @pytest.mark.parametrize(
        "facts",
        [{"metrics": {"mae": float("nan")}}, {"metrics": {}, "parameters": {"more": object()}}],
        ids=["nan", "object"],
    )
    def test_what_json_cannot_hold_is_refused(self, facts):
        with pytest.raises(BundleFormatError, match="milk"):
            with_metrics(toy_bundle(), **facts)

    def test_bundle_without_what_was_added_is_the_one_before(self):
        more = with_extra_files(toy_bundle(), {"note": b"new", "other": b"more"})
        assert without_files(more, {"note", "other"}) == toy_bundle()
        assert set(without_files(more, {"note", "unknown"}).files) == {"model.joblib", "other"}


class TestVerification:
    def test_any_flipped_byte_of_the_model_is_refused_before_unpickling(self, trap):
        files = files_of(trap)
        for position in range(len(files["model.joblib"])):
            data = flip(files["model.joblib"], position)
            with pytest.raises(BundleChecksumError, match=r"model\.joblib"):
                load(from_files({**files, "model.joblib": data}))
        assert UNPICKLED == []

    def test_any_flipped_byte_of_the_sidecar_is_refused_before_unpickling(self, trap):
        files = files_of(trap)
        for position in range(len(files[SIDECAR])):
            data = flip(files[SIDECAR], position)
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

    def test_sidecar_with_fitting_hashes_under_another_version_is_refused(self):
        bundle = toy_bundle()
        sidecar = dataclasses.replace(bundle.sidecar, version=toy_bundle(2).sidecar.version)
        with pytest.raises(BundleFormatError, match="altered"):
            verify(Bundle(sidecar, bundle.files))

    def test_file_of_another_length_is_refused(self):
        files = files_of(toy_bundle())
        with pytest.raises(BundleSizeError, match=r"has 28 bytes, its model\.json says 27"):
            from_files({**files, "model.joblib": files["model.joblib"] + b"\0"})


@pytest.mark.usefixtures("installed")
class TestLibraries:
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
        assert f"{library} {packed}, installed is {INSTALLED[library]}" in str(error.value)
        assert UNPICKLED == []

    @pytest.mark.parametrize("library", INSTALLED)
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


def test_library_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setattr(model_file, "MAJOR", ("no-such-library",))
    packed = {"scikit-learn": model_file.version("scikit-learn"), "no-such-library": "1.0"}
    with pytest.raises(LibraryVersionError, match="installed is none"):
        model_file.check_libraries(packed, where="here")


def test_model_of_code_that_is_gone_says_so(monkeypatch):
    bundle = pack(Gone(), **FACTS)
    monkeypatch.delitem(globals(), "Gone")
    with pytest.raises(BundleCodeError, match="Gone"):
        load(bundle)


class Gone:
    """A class that a later release no longer has."""
