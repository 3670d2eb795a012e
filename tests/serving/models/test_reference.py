import pytest

from milkprice.bundle import write
from milkprice.errors import BundleFormatError, SettingError
from serving.models.reference import FolderReference, RegistryReference, parse
from tests.support.bundles import toy_bundle

VERSION = "20260101T120000Z-0123456789ab"


def registry(address, name, reference):
    return RegistryReference(registry=address, name=name, reference=reference)


@pytest.mark.parametrize(
    ("uri", "meant"),
    [
        ("s3://bucket/milk", registry("s3://bucket", "milk", "champion")),
        ("s3://bucket/milk@champion", registry("s3://bucket", "milk", "champion")),
        ("s3://bucket/a/b/milk@next", registry("s3://bucket/a/b", "milk", "next")),
        (f"s3://bucket/milk@{VERSION}", registry("s3://bucket", "milk", VERSION)),
        (f"s3://bucket/a/models/milk/{VERSION}", registry("s3://bucket/a", "milk", VERSION)),
        (f"s3://bucket/models/milk/{VERSION}/", registry("s3://bucket", "milk", VERSION)),
        ("build/registry/milk@champion", registry("build/registry", "milk", "champion")),
        ("/data/registry/milk", registry("/data/registry", "milk", "champion")),
        ("file:///data/registry/milk", registry("file:///data/registry", "milk", "champion")),
    ],
)
def test_reference_address_is_read(uri, meant):
    assert parse(uri) == meant


@pytest.mark.parametrize(
    "uri",
    ["milk", "s3://milk", "s3://bucket/Milk", "s3://bucket/milk@", "a/milk@Champion", "a/x@y@z"],
)
def test_reference_senseless_address_is_refused(uri):
    with pytest.raises(SettingError, match="MODEL_URI"):
        parse(uri)


def test_reference_version_is_not_followed_and_an_alias_is():
    assert parse("registry/milk").is_followed
    assert not parse(f"registry/milk@{VERSION}").is_followed


def test_reference_folder_with_a_bundle_is_that_bundle(tmp_path):
    write(toy_bundle(), tmp_path / "anything")
    assert parse(str(tmp_path / "anything")) == FolderReference(
        folder=tmp_path / "anything", name="milk"
    )


def test_reference_folder_with_a_broken_bundle_is_refused(tmp_path):
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(BundleFormatError, match="lacks"):
        parse(str(tmp_path))
