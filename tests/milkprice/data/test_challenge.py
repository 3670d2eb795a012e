"""Downloading the pinned files, from a server that misbehaves."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from milkprice.data import sources
from milkprice.data.errors import SourceChecksumError, SourceDownloadError
from milkprice.data.formats import names
from milkprice.files import sha256

FILES = {name: name.encode() * 1000 for name in names.RAW_FILES}
CHECKSUMS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


class Server(ThreadingHTTPServer):
    """Serves FILES; ``faults`` are taken one a request, first come first served."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.requests = [], []
        self.origin = f"http://127.0.0.1:{self.server_port}/data"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        data = FILES.get(self.path.removeprefix("/data/"))
        fault = self.server.faults.pop(0) if self.server.faults else None
        status = fault if isinstance(fault, int) else 200 if data else 404
        body = {"other": b"other", "short": data}.get(fault, data) if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:100] if fault == "short" else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(server, cache):
    return sources.download_challenge(cache, origin=server.origin, checksums=CHECKSUMS)


def left(cache):
    return sorted(path.name for path in cache.rglob("*")) if cache.exists() else []


def test_pinned_checksums_are_the_real_files(shared_data):
    for name, expected in sources.CHALLENGE_CHECKSUMS.items():
        assert sha256((shared_data / name).read_bytes()) == expected


def test_origin_is_pinned_by_commit():
    assert sources.CHALLENGE_COMMIT in sources.CHALLENGE_ORIGIN
    assert len(sources.CHALLENGE_COMMIT) == 40


def test_fetch_gets_and_keeps_the_files(server, tmp_path):
    assert fetch(server, tmp_path / "cache") == FILES
    assert left(tmp_path / "cache") == sorted(names.RAW_FILES)


def test_fetch_whole_cache_asks_nobody(server, tmp_path):
    fetch(server, tmp_path)
    server.requests.clear()
    assert fetch(server, tmp_path) == FILES
    assert server.requests == []


def test_fetch_damaged_cache_is_mended(server, tmp_path):
    fetch(server, tmp_path)
    (tmp_path / names.PRICES_FILE).write_bytes(b"damaged")
    assert fetch(server, tmp_path) == FILES
    assert (tmp_path / names.PRICES_FILE).read_bytes() == FILES[names.PRICES_FILE]


@pytest.mark.parametrize("fault", [500, 503, "short"])
def test_fetch_passing_fault_is_tried_again(server, tmp_path, fault):
    server.faults = [fault]
    assert fetch(server, tmp_path) == FILES
    assert len(server.requests) > len(FILES)


def test_fetch_altered_file_is_refused_by_name_and_not_kept(server, tmp_path):
    server.faults = [None, "other"]
    with pytest.raises(SourceChecksumError, match=list(CHECKSUMS)[1]):
        fetch(server, tmp_path / "cache")
    assert left(tmp_path / "cache") == [next(iter(CHECKSUMS))]


def test_fetch_missing_file_is_named(server, tmp_path):
    with pytest.raises(SourceDownloadError, match=r"nowhere\.csv could not be downloaded"):
        sources.download_challenge(
            tmp_path, origin=server.origin, checksums={"nowhere.csv": "0" * 64}
        )
    assert left(tmp_path) == []


@pytest.mark.slow
def test_fetch_unreachable_origin_says_what_to_do(tmp_path):
    with pytest.raises(SourceDownloadError, match="--source sample, which needs none"):
        sources.download_challenge(
            tmp_path / "cache", origin="http://127.0.0.1:9/data", checksums=CHECKSUMS
        )
    assert left(tmp_path) == []
