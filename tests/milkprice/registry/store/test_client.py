"""Faults of S3 and of web addresses: a real MinIO, servers that fail, and what is refused."""

from __future__ import annotations

import http.server
import threading
import traceback
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

import pytest

from milkprice.registry.errors import (
    BucketNotFoundError,
    KeyNotFoundError,
    StoreDeniedError,
    StoreError,
    StoreFailedError,
    StoreReadOnlyError,
    StoreUnreachableError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectMetadata, open_store
from milkprice.registry.store.client import translate_errors
from tests.support.minio import user_of
from tests.support.stores import OPERATIONS

NOWHERE = StoreSettings()
READING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::*"],
        }
    ],
}
READS = ("get", "get_if_changed")
NOBODY = {"access_key_id": "nobody"}
WRONG_SECRET = {"secret_access_key": "not-the-secret"}
# The servers that look at keys at all.
CHECKING = [
    pytest.param("minio", marks=pytest.mark.minio),
    pytest.param("versitygw", marks=pytest.mark.versitygw),
]
WRITES = [name for name in OPERATIONS if name not in (*READS, "list")]


def test_profile_that_is_not_read_is_warned_of(caplog):
    profile = {"AWS_PROFILE": "firm"}
    open_store("s3://bucket", StoreSettings.from_environment(profile | {"AWS_ACCESS_KEY_ID": "a"}))
    assert caplog.text == ""
    open_store("s3://bucket", StoreSettings.from_environment(profile))
    assert "AWS_PROFILE is firm, but profiles are not read; set AWS_ACCESS_KEY_ID" in caplog.text


def test_panic_of_the_client_is_a_failure_of_the_store():
    settings = StoreSettings(endpoint="http://127.0.0.1:9", access_key_id="a\nb",
                             secret_access_key="c")  # fmt: skip
    with pytest.raises(StoreFailedError, match=r"its client panicked: .*InvalidHeaderValue"):
        open_store("s3://bucket", settings).get("k")


@pytest.mark.minio
@pytest.mark.timeout(60)
class TestFaultsOfMinio:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_missing_bucket_is_named(self, minio, operation):
        store = open_store("s3://no-such-bucket/p", minio.settings)
        with pytest.raises(BucketNotFoundError, match="'no-such-bucket'"):
            OPERATIONS[operation](store)

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("wrong", [NOBODY, WRONG_SECRET], ids=["user", "secret"])
    @pytest.mark.parametrize("server", CHECKING)
    def test_wrong_credentials_are_denied(self, store_server_of, server, operation, wrong):
        server = store_server_of(server)
        store = open_store(f"s3://{server.new_bucket()}", replace(server.settings, **wrong))
        with pytest.raises(StoreDeniedError, match="AWS_ACCESS_KEY_ID"):
            OPERATIONS[operation](store)

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_session_token_that_is_stale_is_named(self, minio, bucket, operation):
        store = open_store(f"s3://{bucket}", replace(minio.settings, session_token="stale"))
        with pytest.raises(StoreDeniedError, match="AWS_SESSION_TOKEN is out of date or belongs"):
            OPERATIONS[operation](store)

    @pytest.fixture
    def reader(self, minio):
        with user_of(minio, READING) as settings:
            yield settings

    def test_user_with_read_only_policy_reads_and_lists(self, minio, bucket, reader):
        open_store(f"s3://{bucket}", minio.settings).put("a/b", b"1")
        store = open_store(f"s3://{bucket}", reader)
        stored = store.get("a/b")
        assert stored.data == b"1"
        assert store.get_if_changed("a/b", etag=stored.etag) is None
        assert store.list() == [ObjectMetadata(key="a/b", size=1)]

    @pytest.mark.parametrize("operation", WRITES)
    def test_user_with_read_only_policy_is_denied_writes(self, minio, bucket, reader, operation):
        full = open_store(f"s3://{bucket}", minio.settings)
        full.put("a/b", b"1")
        with pytest.raises(StoreDeniedError):
            OPERATIONS[operation](open_store(f"s3://{bucket}", reader))
        assert full.get("a/b").data == b"1"

    def test_variables_of_the_environment_do_not_join_explicit_settings(
        self, minio, bucket, monkeypatch
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-somebody-else")
        assert open_store(f"s3://{bucket}", minio.settings).list() == []

    def test_secret_is_in_no_message_repr_or_traceback(self, minio):
        settings = StoreSettings(
            endpoint=minio.endpoint,
            access_key_id=minio.user,
            secret_access_key="very-secret",
            session_token="very-secret-token",
        )
        store = open_store("s3://some-bucket/p", settings)
        with pytest.raises(StoreError) as error:
            store.get("k")
        shown = "".join(traceback.format_exception(error.value))
        assert "very-secret" not in f"{shown}{store!r}{store.uri}{settings!r}"


@pytest.mark.timeout(30)
@pytest.mark.slow
class TestUnreachable:
    """A store that does not answer fails within its retries and not after minutes."""

    @pytest.fixture
    def closed_port(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            return server.server_port

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_closed_port_is_unreachable(self, closed_port, operation):
        store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{closed_port}"))
        with pytest.raises(StoreUnreachableError, match=r"Connection refused.*AWS_ENDPOINT_URL"):
            OPERATIONS[operation](store)

    def test_server_of_faults_is_unreachable(self):
        with serving(Failing) as port:
            store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{port}"))
            with pytest.raises(StoreUnreachableError, match="503"):
                store.get("k")

    def test_listing_that_breaks_off_is_asked_for_again(self, monkeypatch):
        monkeypatch.setattr(Listing, "asked", [])
        with serving(Listing) as port:
            store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{port}"))
            assert store.list() == [ObjectMetadata(key="a", size=3)]
        assert len(Listing.asked) == 2

    def test_server_that_never_answers_is_unreachable(self, monkeypatch):
        monkeypatch.setitem(open_store.__globals__["TIMEOUTS"], "timeout", "1s")
        monkeypatch.setitem(open_store.__globals__["RETRIES"], "max_retries", 1)
        with serving(Silent) as port:
            store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{port}"))
            with pytest.raises(StoreUnreachableError, match="timed out"):
                store.get("k")


def own_keys(endpoint):
    return StoreSettings(endpoint=endpoint, access_key_id="me", secret_access_key="mine")


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", *, sent=None, **headers):
        """Answer with a body, of which only so many bytes are sent."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])


class Failing(Handler):
    def do_GET(self):
        self.answer(503)


class Silent(Handler):
    released = threading.Event()

    def do_GET(self):
        self.released.wait(20)


class Listing(Handler):
    """A server of one listing, whose first answer breaks off."""

    BODY = (
        b"<ListBucketResult><Contents><Key>p/a</Key><LastModified>2026-01-02T12:00:00.000Z"
        b"</LastModified><ETag>&quot;1&quot;</ETag><Size>3</Size></Contents></ListBucketResult>"
    )
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.answer(200, self.BODY, sent=50 if len(self.asked) == 1 else None)


class Elsewhere(Handler):
    """A server that is none of S3."""

    def do_GET(self):
        self.answer(404, b"<html>404 page\nnot found</html>" + b"!" * 10_000)


class OtherRegion(Handler):
    """What AWS answers for a bucket of another region."""

    def do_GET(self):
        body = (
            b"<Error><Code>PermanentRedirect</Code><Message>Use another endpoint.</Message></Error>"
        )
        self.answer(301, body, x_amz_bucket_region="eu-west-1")


class Files(Handler):
    def do_GET(self):
        if self.path == "/base/a%20file.csv":
            self.answer(200, b"a;b\n")
        else:
            self.answer(404)


class Tagged(Handler):
    """A server of one file with an etag but without ranges; its first body breaks off."""

    asked: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.asked.append(self.headers["If-None-Match"])
        headers = {"ETag": '"now"', "Last_Modified": "Sun, 22 Nov 2026 12:00:00 GMT"}
        if self.asked[-1] == '"now"':
            self.answer(304, **headers)
        else:
            self.answer(200, b"abcd", sent=2 if len(self.asked) == 1 else None, **headers)


@contextmanager
def serving(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            Silent.released.set()
            server.shutdown()
    Silent.released.clear()


@pytest.mark.parametrize("read", READS)
def test_page_of_another_server_that_is_not_found_is_no_missing_object(read):
    with serving(Elsewhere) as port:
        store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{port}"))
        with pytest.raises(StoreFailedError, match="404 page not found") as error:
            OPERATIONS[read](store)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("read", READS)
def test_redirect_to_another_region_names_the_variable(read):
    with serving(OtherRegion) as port:
        store = open_store("s3://bucket/p", own_keys(f"http://127.0.0.1:{port}"))
        with pytest.raises(StoreDeniedError, match=r"\(PermanentRedirect\); AWS_REGION is not"):
            OPERATIONS[read](store)


class TestWeb:
    def test_file_that_is_missing_is_named(self):
        with serving(Files) as port:
            store = open_store(f"http://127.0.0.1:{port}/base/", NOWHERE)
            with pytest.raises(KeyNotFoundError, match=r"/base has no object other\.csv"):
                store.get("other.csv")

    @pytest.mark.parametrize("read", READS)
    def test_body_that_breaks_off_is_read_again(self, monkeypatch, read):
        monkeypatch.setattr(Tagged, "asked", [])
        with serving(Tagged) as port:
            store = open_store(f"http://127.0.0.1:{port}/base", NOWHERE)
            assert OPERATIONS[read](store).data == b"abcd"

    def test_get_if_changed_sends_the_etag_and_takes_not_modified(self, monkeypatch):
        monkeypatch.setattr(Tagged, "asked", [])
        with serving(Tagged) as port:
            store = open_store(f"http://127.0.0.1:{port}/base", NOWHERE)
            stored = store.get_if_changed("a", etag='"before"')
            assert (stored.data, stored.etag) == (b"abcd", '"now"')
            assert store.get_if_changed("a", etag=stored.etag) is None
        assert (Tagged.asked[0], Tagged.asked[-1]) == ('"before"', '"now"')

    def test_get_if_changed_from_a_server_without_etags_reads_in_any_case(self):
        with serving(Files) as port:
            store = open_store(f"http://127.0.0.1:{port}/base", NOWHERE)
            etag = store.get("a file.csv").etag
            assert store.get_if_changed("a file.csv", etag=etag).data == b"a;b\n"

    @pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in READS])
    def test_web_address_refuses_all_but_reading(self, operation):
        store = open_store("https://localhost/base", NOWHERE)
        with pytest.raises(StoreReadOnlyError, match="only read"):
            OPERATIONS[operation](store)


def test_missing_platform_credentials_are_denied_not_unreachable():
    error = OSError(
        "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token in 1s "
        "- HTTP error: error sending request"
    )
    with pytest.raises(StoreDeniedError), translate_errors("s3://b", "read", "k"):
        raise error


def test_folder_without_rights_is_denied_without_talk_of_aws():
    error = OSError("Unable to open file /x: Permission denied (os error 13)")
    with pytest.raises(StoreDeniedError) as denied, translate_errors("/x", "read", "k"):
        raise error
    assert "AWS" not in str(denied.value)
