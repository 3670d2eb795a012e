"""Addresses of stores: what is no store is refused, and no secret in one is repeated."""

from __future__ import annotations

import pytest

from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store

NOWHERE = StoreSettings()
ADDRESSES = ("me:{}@minio:9000", "http://me:{}@minio:9000", "https://{}@minio", "http://minio:{}@")
HIDDEN = ("hu/sh", "hu#sh", "hu?sh", "hu@sh", "hu:sh", "hu sh", "hu%2fsh")


@pytest.mark.parametrize(
    "uri", ["ftp://server/x", "gs://bucket/x", "s3://", "s3://UPPER/x", "s3://a_b/c"]
)
def test_address_of_no_known_kind_is_refused(uri):
    with pytest.raises(SettingError):
        open_store(uri, NOWHERE)


@pytest.mark.parametrize(
    "uri", ["s3://key:hush@bucket/x", "https://u:hush@host/x", "https://host/x?sig=hush"]
)
def test_address_with_a_secret_is_refused_without_repeating_it(uri):
    with pytest.raises(SettingError) as error:
        open_store(uri, NOWHERE)
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("secret", HIDDEN)
def test_address_with_a_secret_of_odd_characters_is_refused_without_it(address, secret):
    uri = address.format(secret)
    with pytest.raises(SettingError) as endpoint:
        open_store("s3://models", StoreSettings(endpoint=uri))
    with pytest.raises(SettingError) as store:
        open_store(f"s3://{uri.rpartition('//')[2]}/models", NOWHERE)
    assert "sh" not in f"{endpoint.value}{store.value}".replace("expected http", "")


@pytest.mark.parametrize(
    "endpoint",
    ["minio:9000", "http://", "http://minio:90x", "ftp://minio", "http://minio:99999",
     "http://[::1"],
)  # fmt: skip
def test_endpoint_that_is_no_server_is_refused(endpoint):
    with pytest.raises(SettingError, match="endpoint is"):
        open_store("s3://models", StoreSettings(endpoint=endpoint))
