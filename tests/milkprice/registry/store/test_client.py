"""The store's contract over memory, a folder and a real MinIO, and what its faults become."""

from __future__ import annotations

import http.server
import subprocess
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry.errors import (
    BucketNotFoundError,
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreDeniedError,
    StoreError,
    StoreFailedError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreUnreachableError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectMetadata, folder, open_store
from milkprice.registry.store.translation import translate_errors

NOWHERE = StoreSettings()
# More than the 5 MB from which obstore uploads in parts unless told otherwise.
LARGE = b"milk" * 1_500_000

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
OPERATIONS = {
    "get": lambda store: store.get("a/b"),
    "get_if_changed": lambda store: store.get_if_changed("a/b", etag='"some"'),
    "list": lambda store: store.list("a"),
    "put": lambda store: store.put("a/b", b"1"),
    "put_new": lambda store: store.put_new("a/b", b"1"),
    "replace": lambda store: store.replace("a/b", b"1", etag='"some"'),
    "replace_missing": lambda store: store.replace("a/b", b"1", etag=None),
    "delete": lambda store: store.delete("a/b"),
}
READS = ("get", "get_if_changed")
WRITES = [name for name in OPERATIONS if name not in (*READS, "list")]


@pytest.fixture(params=["memory", "folder", pytest.param("minio", marks=pytest.mark.minio)])
def store(request, tmp_path):
    if request.param == "memory":
        return open_store("memory://", NOWHERE)
    if request.param == "folder":
        return open_store(str(tmp_path / "store"), NOWHERE)
    server = request.getfixturevalue("minio")
    return open_store(f"s3://{request.getfixturevalue('bucket')}/some/prefix", server.settings)


def at_once(count, work):
    """Run work(i) in threads that start together; return the results in order."""
    barrier = threading.Barrier(count)

    def started(index):
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


class TestContract:
    def test_get_after_put_returns_the_bytes(self, store):
        store.put("a/b.bin", b"\x00\xff")
        blob = store.get("a/b.bin")
        assert (blob.key, blob.data) == ("a/b.bin", b"\x00\xff")

    def test_get_of_missing_key_names_store_and_key(self, store):
        with pytest.raises(KeyNotFoundError) as error:
            store.get("a/missing")
        assert str(error.value) == f"{store.uri} has no object a/missing."

    def test_get_if_changed_of_the_object_that_was_read_is_none(self, store):
        store.put("a/b", b"1")
        etag = store.get("a/b").etag
        assert store.get_if_changed("a/b", etag=etag) is None
        store.put("other", b"2")
        assert store.get_if_changed("a/b", etag=etag) is None

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda store, _: store.put("k", b"new"), id="put"),
            pytest.param(lambda store, etag: store.replace("k", b"new", etag=etag), id="replace"),
        ],
    )
    def test_get_if_changed_of_a_changed_object_is_what_get_returns(self, store, change):
        store.put("k", b"old")
        etag = store.get("k").etag
        change(store, etag)
        blob = store.get_if_changed("k", etag=etag)
        assert blob == store.get("k")
        assert blob.data == b"new"
        assert store.get_if_changed("k", etag=blob.etag) is None

    def test_get_if_changed_without_etag_reads_in_any_case(self, store):
        store.put("k", b"1")
        assert store.get_if_changed("k", etag=None) == store.get("k")

    @pytest.mark.parametrize("etag", [None, '"some"'], ids=["first", "later"])
    def test_get_if_changed_of_missing_key_names_store_and_key(self, store, etag):
        with pytest.raises(KeyNotFoundError) as error:
            store.get_if_changed("a/missing", etag=etag)
        assert str(error.value) == f"{store.uri} has no object a/missing."

    def test_put_over_another_object_replaces_it(self, store):
        store.put("k", b"old")
        store.put("k", b"new")
        assert store.get("k").data == b"new"

    @pytest.mark.parametrize("data", [b"second", LARGE], ids=["small", "large"])
    def test_put_new_over_another_object_changes_nothing(self, store, data):
        store.put_new("k", b"first")
        with pytest.raises(KeyExistsError):
            store.put_new("k", data)
        assert store.get("k").data == b"first"

    def test_put_new_by_many_at_once_lets_one_win(self, store):
        def attempt(index):
            try:
                store.put_new("k", b"%d" % index)
            except KeyExistsError:
                return None
            return b"%d" % index

        winners = [data for data in at_once(8, attempt) if data is not None]
        assert winners == [store.get("k").data]

    def test_list_returns_sorted_entries_of_whole_segments(self, store):
        for key in ("m/milk/b", "m/milk/a/c", "m/milk-x/a", "other"):
            store.put(key, b"12")
        assert store.list("m/milk") == [
            ObjectMetadata(key="m/milk/a/c", size=2),
            ObjectMetadata(key="m/milk/b", size=2),
        ]
        assert [entry.key for entry in store.list()] == [
            "m/milk-x/a",
            "m/milk/a/c",
            "m/milk/b",
            "other",
        ]

    def test_list_of_an_empty_store_is_empty(self, store):
        assert store.list() == []
        assert store.list("some/where") == []

    @pytest.mark.slow
    def test_list_of_more_than_a_page_is_complete(self, store):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda index: store.put(f"many/{index:04}", b""), range(1005)))
        assert len(store.list("many")) == 1005

    def test_replace_of_the_object_that_was_read_writes_it(self, store):
        store.put("k", b"1")
        store.replace("k", b"2", etag=store.get("k").etag)
        assert store.get("k").data == b"2"

    @pytest.mark.parametrize("data", [b"mine", LARGE], ids=["small", "large"])
    def test_replace_of_a_changed_object_changes_nothing(self, store, data):
        store.put("k", b"1")
        etag = store.get("k").etag
        store.put("k", b"theirs")
        with pytest.raises(KeyChangedError):
            store.replace("k", data, etag=etag)
        assert store.get("k").data == b"theirs"

    def test_replace_of_a_deleted_object_is_refused(self, store):
        store.put("k", b"1")
        etag = store.get("k").etag
        store.delete("k")
        with pytest.raises(KeyChangedError):
            store.replace("k", b"2", etag=etag)

    def test_replace_of_nothing_creates_once(self, store):
        store.replace("k", b"1", etag=None)
        with pytest.raises(KeyChangedError):
            store.replace("k", b"2", etag=None)
        assert store.get("k").data == b"1"

    def test_replace_by_many_at_once_loses_no_write(self, store):
        store.put("count", b"0")

        def count(_):
            done = 0
            while done < 5:
                blob = store.get("count")
                try:
                    store.replace("count", b"%d" % (int(blob.data) + 1), etag=blob.etag)
                except KeyChangedError:
                    continue
                done += 1

        at_once(8, count)
        assert store.get("count").data == b"40"

    def test_delete_twice_is_no_error(self, store):
        store.put("a/b", b"1")
        store.delete("a/b")
        store.delete("a/b")
        assert store.list() == []

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/./b", "a/.."])
    def test_key_that_is_no_plain_path_is_refused(self, store, key):
        operations = (
            store.get,
            store.delete,
            lambda key: store.get_if_changed(key, etag=None),
            lambda key: store.put(key, b""),
        )
        for operation in operations:
            with pytest.raises(SettingError, match="single slashes"):
                operation(key)


keys = st.sampled_from(["a", "b/c", "b/d", "x y/ñ#1.csv"])
steps = st.lists(
    st.one_of(st.tuples(keys, st.binary(max_size=20)), st.tuples(keys, st.none())), max_size=12
)


@pytest.mark.parametrize("kind", ["memory", "folder"])
@given(steps=steps)
@hypothesis_settings(max_examples=40, deadline=None)
def test_store_after_any_puts_and_deletes_equals_a_dict(kind, steps):
    with tempfile.TemporaryDirectory() as place:
        store = open_store("memory://" if kind == "memory" else place, NOWHERE)
        model = {}
        for key, data in steps:
            if data is None:
                store.delete(key)
                model.pop(key, None)
            else:
                store.put(key, data)
                model[key] = data
        assert {entry.key: store.get(entry.key).data for entry in store.list()} == model


class TestFolder:
    def test_folder_that_is_missing_reads_as_empty_and_stays_missing(self, tmp_path):
        store = open_store(str(tmp_path / "none"), NOWHERE)
        with pytest.raises(KeyNotFoundError):
            store.get("k")
        with pytest.raises(KeyNotFoundError):
            store.get_if_changed("k", etag="some")
        store.delete("k")
        assert store.list() == []
        assert not (tmp_path / "none").exists()

    def test_file_uri_with_space_opens_the_folder(self, tmp_path):
        (tmp_path / "a b").mkdir()
        open_store((tmp_path / "a b").as_uri(), NOWHERE).put("k", b"1")
        assert (tmp_path / "a b" / "k").read_bytes() == b"1"

    def test_lock_file_is_never_listed(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.replace("k", b"1", etag=None)
        assert [entry.key for entry in store.list()] == ["k"]

    def test_etag_of_equal_bytes_written_again_is_equal(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.put("k", b"1")
        etag = store.get("k").etag
        store.put("k", b"2")
        assert store.get("k").etag != etag
        store.put("k", b"1")
        assert store.get("k").etag == etag

    def test_replace_while_another_process_holds_the_lock_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(folder, "LOCK_TIMEOUT_SECONDS", 0.2)
        store = open_store(str(tmp_path), NOWHERE)
        with other_process_holding_the_lock(tmp_path), pytest.raises(StoreLockedError) as error:
            store.replace("k", b"1", etag=None)
        assert str(tmp_path / folder.LOCK) in str(error.value)

    def test_replace_after_the_lock_holder_was_killed_goes_on(self, tmp_path):
        with other_process_holding_the_lock(tmp_path) as holder:
            holder.kill()
            holder.wait()
            open_store(str(tmp_path), NOWHERE).replace("k", b"1", etag=None)
        assert (tmp_path / "k").read_bytes() == b"1"

    def test_key_below_a_file_fails_with_the_system_reason(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.put("k", b"1")
        with pytest.raises(StoreFailedError, match="Not a directory"):
            store.put("k/below", b"1")


class other_process_holding_the_lock:  # noqa: N801 - reads as a sentence
    SCRIPT = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""

    def __init__(self, place):
        self.command = [sys.executable, "-c", self.SCRIPT, str(place / folder.LOCK)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"held\n"
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.mark.minio
@pytest.mark.timeout(60)
class TestFaultsOfMinio:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_missing_bucket_is_named(self, minio, operation):
        store = open_store("s3://no-such-bucket/p", minio.settings)
        with pytest.raises(BucketNotFoundError, match="'no-such-bucket'"):
            OPERATIONS[operation](store)

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("wrong", ["user", "secret"])
    def test_wrong_credentials_are_denied(self, minio, bucket, operation, wrong):
        settings = StoreSettings(
            endpoint=minio.endpoint,
            access_key_id="nobody" if wrong == "user" else minio.user,
            secret_access_key="not-the-secret" if wrong == "secret" else minio.secret,
        )
        with pytest.raises(StoreDeniedError, match="AWS_ACCESS_KEY_ID"):
            OPERATIONS[operation](open_store(f"s3://{bucket}", settings))

    @pytest.fixture
    def reader(self, minio):
        admin = minio.admin()
        admin.policy_add("reading", policy=READING)
        admin.user_add("reader", "reader-secret")
        admin.policy_set("reading", user="reader")
        yield StoreSettings(
            endpoint=minio.endpoint, access_key_id="reader", secret_access_key="reader-secret"
        )
        admin.user_remove("reader")
        admin.policy_remove("reading")

    def test_user_with_read_only_policy_reads_and_lists(self, minio, bucket, reader):
        open_store(f"s3://{bucket}", minio.settings).put("a/b", b"1")
        store = open_store(f"s3://{bucket}", reader)
        blob = store.get("a/b")
        assert blob.data == b"1"
        assert store.get_if_changed("a/b", etag=blob.etag) is None
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
        with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server:
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


class Refusing(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Failing(Refusing):
    def do_GET(self):
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Silent(Refusing):
    released = threading.Event()

    def do_GET(self):
        self.released.wait(20)


class Listing(Refusing):
    """A server of one listing, whose first answer breaks off."""

    BODY = (
        b"<ListBucketResult><Contents><Key>p/a</Key><LastModified>2026-01-02T12:00:00.000Z"
        b"</LastModified><ETag>&quot;1&quot;</ETag><Size>3</Size></Contents></ListBucketResult>"
    )
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.BODY)))
        self.end_headers()
        self.wfile.write(self.BODY[:50] if len(self.asked) == 1 else self.BODY)


class Files(Refusing):
    def do_GET(self):
        found = self.path == "/base/a%20file.csv"
        body = b"a;b\n" if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Tagged(Refusing):
    """A server of one file with an etag but without ranges; its first body breaks off."""

    asked: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.asked.append(self.headers["If-None-Match"])
        if self.asked[-1] == '"now"':
            self.send_response(304)
            self.send_header("ETag", '"now"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", '"now"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 12:00:00 GMT")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"ab" if len(self.asked) == 1 else b"abcd")


class serving:  # noqa: N801 - reads as a sentence
    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self.server.server_port

    def __exit__(self, *_):
        Silent.released.set()
        self.server.shutdown()
        self.server.server_close()
        Silent.released.clear()


class TestWeb:
    def test_file_of_a_web_address_is_read(self):
        with serving(Files) as port:
            store = open_store(f"http://127.0.0.1:{port}/base", NOWHERE)
            assert store.get("a file.csv").data == b"a;b\n"

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
            blob = store.get_if_changed("a", etag='"before"')
            assert (blob.data, blob.etag) == (b"abcd", '"now"')
            assert store.get_if_changed("a", etag=blob.etag) is None
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


class TestOpening:
    @pytest.mark.parametrize(
        "uri", ["ftp://server/x", "gs://bucket/x", "s3://", "s3://UPPER/x", "s3://a_b/c"]
    )
    def test_address_of_no_known_kind_is_refused(self, uri):
        with pytest.raises(SettingError):
            open_store(uri, NOWHERE)

    @pytest.mark.parametrize(
        "uri", ["s3://key:hush@bucket/x", "https://u:hush@host/x", "https://host/x?sig=hush"]
    )
    def test_address_with_a_secret_is_refused_without_repeating_it(self, uri):
        with pytest.raises(SettingError) as error:
            open_store(uri, NOWHERE)
        assert "hush" not in str(error.value)

    def test_endpoint_without_scheme_is_refused(self):
        with pytest.raises(SettingError, match="http://"):
            open_store("s3://bucket", own_keys("localhost:9000"))


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


def test_store_package_imports_neither_pandas_nor_sklearn():
    script = (
        "import sys, milkprice.registry\n"
        "print({'pandas', 'sklearn', 'numpy', 'joblib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "set()"
