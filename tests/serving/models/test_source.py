import pytest

from milkprice.errors import SettingError
from milkprice.registry.bundle import write
from milkprice.registry.errors import BundleFormatError
from serving.models.source import FolderReference, RegistryReference, WildcardReference, parse
from tests.support.bundles import toy_bundle

VERSION = "20260101T120000Z-0123456789ab"


def registry(address, name, reference):
    return RegistryReference(registry=address, name=name, reference=reference)


@pytest.mark.parametrize(
    ("uri", "expected"),
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
def test_parse_address(uri, expected):
    assert parse(uri) == expected


@pytest.mark.parametrize(
    "uri",
    ["milk", "s3://milk", "s3://bucket/Milk", "s3://bucket/milk@", "a/milk@Champion", "a/x@y@z"],
)
def test_parse_invalid_address_is_refused(uri):
    with pytest.raises(SettingError, match="MODEL_URI"):
        parse(uri)


def test_parse_version_is_no_alias():
    assert parse("registry/milk").is_alias
    assert not parse(f"registry/milk@{VERSION}").is_alias


def test_parse_folder_with_a_bundle(tmp_path):
    write(toy_bundle(), tmp_path / "anything")
    assert parse(str(tmp_path / "anything")) == FolderReference(
        folder=tmp_path / "anything", name="milk"
    )


def test_parse_folder_with_an_invalid_bundle_is_refused(tmp_path):
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(BundleFormatError, match="lacks"):
        parse(str(tmp_path))


@pytest.mark.parametrize(
    ("uri", "registry", "pattern", "alias"),
    [
        ("s3://bucket/a/*@champion", "s3://bucket/a", "*", "champion"),
        ("build/registry/milk-*@next", "build/registry", "milk-*", "next"),
        ("/data/registry/*-price", "/data/registry", "*-price", "champion"),
    ],
    ids=["all", "front", "end"],
)
def test_parse_wildcard(uri, registry, pattern, alias):
    assert parse(uri) == WildcardReference(registry=registry, pattern=pattern, alias=alias)


@pytest.mark.parametrize(
    "uri",
    [f"a/*@{VERSION}", "a/M*", "a/milk_*", "a/-*", "a/*@", "a/*@Champion", "*", "s3://*"],
)
def test_parse_invalid_wildcard_is_refused(uri):
    with pytest.raises(SettingError, match="MODEL_URI"):
        parse(uri)


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*", ["milk", "a", "0-1", "x" * 255], ["", "-a", "Milk", "a/b", "a\n", "..", "x" * 256]),
        ("milk-*", ["milk-", "milk-price"], ["milk", "a-milk-b", "milk-Price"]),
        ("*-price", ["milk-price", "a-b-price"], ["-price", "price", "milk-prices"]),
        ("m*k", ["mk", "milk"], ["m", "k", "milks"]),
    ],
    ids=["all", "front", "end", "middle"],
)
def test_wildcard_matches_whole_names_only(pattern, matching, others):
    reference = WildcardReference(registry="a", pattern=pattern, alias="champion")
    assert [name for name in matching if not reference.matches(name)] == []
    assert [name for name in others if reference.matches(name)] == []
