"""Servers of MinIO with a certificate of a firm's own authority, or in a region of their own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace

import pytest

from milkprice.errors import SettingError
from milkprice.registry.errors import (
    BucketNotFoundError,
    StoreCertificateError,
    StoreDeniedError,
    StoreProtocolError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.minio import minio_program, running_minio
from tests.support.stores import OPERATIONS
from tests.support.tls import write_certificates


@pytest.fixture(scope="module")
def started(request, tmp_path_factory):
    """Starts MinIO with options of its own."""

    def start(**options):
        program = minio_program(request.config.rootpath)
        if program is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("needs MinIO: make tools")
        folder = tmp_path_factory.mktemp("minio")
        return stack.enter_context(running_minio(program, folder, **options))

    with ExitStack() as stack:
        yield start


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return write_certificates(tmp_path_factory.mktemp("tls") / "certificates")


@pytest.fixture(scope="module")
def tls_server(started, authority):
    return started(certificates=authority.parent / "certificates")


@pytest.fixture(scope="module")
def server_elsewhere(started):
    return started(region="sa-east-1")


@pytest.mark.minio
@pytest.mark.parametrize("operation", OPERATIONS)
def test_wrong_region_is_named(server_elsewhere, operation):
    store = open_store("s3://bucket", server_elsewhere.settings)
    with pytest.raises(StoreDeniedError, match="AWS_REGION is not that of the bucket"):
        OPERATIONS[operation](store)


@pytest.mark.minio
class TestCertificates:
    """MinIO with a certificate of a firm's own authority."""

    @pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
    def test_server_of_an_authority_in_a_variable_is_trusted(self, tls_server, authority, variable):
        environment = {**tls_server.environment, variable: f"{authority}\n"}
        store = open_store("s3://bucket", StoreSettings.from_environment(environment))
        with pytest.raises(BucketNotFoundError):
            store.get("k")

    def test_web_server_of_an_authority_in_a_variable_is_trusted(self, tls_server, authority):
        settings = StoreSettings(ca_bundle=authority)
        with pytest.raises(StoreDeniedError):  # as who has no keys
            open_store(f"{tls_server.endpoint}/bucket", settings).get("k")

    @pytest.mark.slow
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_server_of_an_unknown_authority_is_not_trusted(self, tls_server, operation):
        store = open_store("s3://bucket", tls_server.settings)
        with pytest.raises(StoreCertificateError, match=r"\(UnknownIssuer\).*AWS_CA_BUNDLE"):
            OPERATIONS[operation](store)

    @pytest.mark.slow
    def test_server_of_another_name_is_not_trusted(self, tls_server, authority):
        endpoint = tls_server.endpoint.replace("127.0.0.1", "localhost")
        settings = replace(tls_server.settings, endpoint=endpoint, ca_bundle=authority)
        with pytest.raises(StoreCertificateError, match="NotValidForName"):
            open_store("s3://bucket", settings).get("k")

    # Go recognises HTTP by its first word, and DELETE is none of those that it looks for.
    @pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "delete"])
    def test_plain_http_to_tls_is_named(self, tls_server, operation):
        settings = replace(tls_server.settings, endpoint=f"http://{tls_server.address}")
        with pytest.raises(StoreProtocolError, match=r"speaks TLS.* write https:// into"):
            OPERATIONS[operation](open_store("s3://bucket", settings))

    @pytest.mark.slow
    def test_tls_to_plain_http_is_named(self, minio):
        settings = replace(minio.settings, endpoint=f"https://{minio.address}")
        with pytest.raises(StoreProtocolError, match=r"speaks plain HTTP.* write http:// into"):
            open_store("s3://bucket", settings).get("k")

    @pytest.mark.parametrize("data", [None, b"none", b"-----BEGIN CERTIFICATE-----\nx"])
    def test_file_without_certificates_is_named(self, tmp_path, data):
        file = tmp_path / "authority.pem"
        if data is not None:
            file.write_bytes(data)
        with pytest.raises(SettingError, match=r"authority\.pem"):
            open_store("s3://bucket", StoreSettings(ca_bundle=file))
