"""Sources: folders, many series, the sample, and the challenge's files from a faulty server."""

import functools
import hashlib
import ssl
import threading
from http.server import (
    BaseHTTPRequestHandler,
    SimpleHTTPRequestHandler,
    ThreadingHTTPServer,
)

import pandas as pd
import pytest

from milkprice.data import sources
from milkprice.data.errors import (
    SeriesNamesError,
    SourceChecksumError,
    SourceDownloadError,
    SourceFileMissingError,
    SourceMissingError,
)
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.data.sources import (
    CHALLENGE_CHECKSUMS,
    SharedFiles,
    download_challenge,
    list_series,
    price_key,
    read_series,
    read_table,
    table_of,
)
from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from tests.support.tls import write_certificates

SETTINGS = StoreSettings()
FILES = {name: name.encode() * 1000 for name in names.RAW_FILES}
CHECKSUMS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


def read(source, cache):
    return sources.read_source(str(source), cache=cache, settings=SETTINGS)


def fingerprint(source, cache):
    return sources.fingerprint_source(str(source), cache=cache, settings=SETTINGS)


@pytest.fixture
def folder(tmp_path):
    """A folder with the three files."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


def test_sample_needs_neither_network_nor_files(tmp_path):
    assert read("sample", tmp_path).files == generate().files
    assert list(tmp_path.iterdir()) == []


def test_folder_gives_its_files_and_hashes(folder, tmp_path):
    raw = read(folder, tmp_path)
    assert raw.files == FILES
    assert raw.hashes() == CHECKSUMS


@pytest.mark.parametrize("missing", names.RAW_FILES)
def test_folder_without_a_file_names_it(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(SourceFileMissingError, match=f"has no {missing}"):
        read(folder, folder)


def test_missing_folder_is_refused_and_not_created(tmp_path):
    with pytest.raises(SourceMissingError, match=r"There is no folder .*sampel; a source is"):
        read(tmp_path / "sampel", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fingerprint_changes_with_any_byte_and_with_nothing_else(folder, tmp_path):
    before = fingerprint(folder, tmp_path)
    assert fingerprint(folder, tmp_path) == before == read(folder, tmp_path).fingerprint()
    for name, data in FILES.items():
        (folder / name).write_bytes(b"other")
        assert fingerprint(folder, tmp_path) != before
        (folder / name).write_bytes(data)
    assert fingerprint(folder, tmp_path) == before


def test_fingerprint_of_the_challenge_needs_no_download(tmp_path, shared_data):
    assert fingerprint("challenge", tmp_path / "empty") == fingerprint(shared_data, tmp_path)


@pytest.fixture
def many(folder):
    """A folder with two series beside the shared files."""
    (folder / names.PRICES_FILE).unlink()
    for series in ("south", "north"):
        path = folder / price_key(series)
        path.parent.mkdir(parents=True)
        path.write_bytes(series.encode())
    return folder


def test_series_of_a_folder_are_listed_in_order(many):
    (many / "series" / "empty").mkdir()
    (many / "series" / "notes.txt").write_text("no series")
    assert list_series(str(many), settings=SETTINGS) == ["north", "south"]


TABLE = b"month,price\n2020-01,1\n2020-02,2\n"


@pytest.fixture
def tables(tmp_path):
    """A folder with a table of each of two series, and files that are none."""
    folder = tmp_path / "tables"
    folder.mkdir()
    for name in ("Los_R\u00edos.csv", "b.CSV", "notes.txt", names.MACRO_FILE):
        (folder / name).write_bytes(TABLE)
    return folder


def test_series_of_a_folder_of_tables_are_their_names(tables):
    assert list_series(str(tables), settings=SETTINGS) == ["Los_R\u00edos", "b"]
    assert table_of(str(tables), "b", settings=SETTINGS) == f"{tables}/b.CSV"
    assert table_of(str(tables), "c", settings=SETTINGS) is None


def test_series_of_one_table_are_those_of_its_column(tables):
    path = tables / "long.csv"
    path.write_bytes(b"serie,month,price\nb,2020-01,1\na,2020-01,2\n")
    assert list_series(str(path), settings=SETTINGS) == ["a", "b"]
    with pytest.raises(SettingError, match="a table with a column serie, series, unique_id"):
        list_series(str(tables / "b.CSV"), settings=SETTINGS)


def test_folder_that_shares_files_has_no_tables(many):
    (many / "south.csv").write_bytes(TABLE)
    assert table_of(str(many), "south", settings=SETTINGS) is None


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_series_of_a_web_address_that_cannot_be_listed_are_no_tables(many):
    handler = functools.partial(Quiet, directory=str(many))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        source = f"http://127.0.0.1:{server.server_port}"
        assert [table_of(source, one, settings=SETTINGS) for one in ("south", "west")] == [None] * 2
        assert read_series(source, "south", settings=SETTINGS).files[names.PRICES_FILE] == b"south"
        server.shutdown()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("los rios.csv", "'Los_R\u00edos', 'los rios' would be models of one name, los-rios"),
        ("\u725b.csv", "'\u725b' has no letter of a to z"),
    ],
)
def test_series_whose_models_have_no_name_of_their_own_are_refused(tables, file, words):
    (tables / file).write_bytes(TABLE)
    with pytest.raises(SeriesNamesError, match=words):
        list_series(str(tables), settings=SETTINGS)


def test_tables_of_one_name_are_refused(tables):
    (tables / "b.parquet").write_bytes(TABLE)
    with pytest.raises(SeriesNamesError, match=r"'b\.CSV', 'b\.parquet' are tables of one name"):
        table_of(str(tables), "b", settings=SETTINGS)


def test_source_without_series_says_where_they_belong(tmp_path):
    with pytest.raises(SourceFileMissingError, match=r"series/\*/precio_leche\.csv"):
        list_series(str(tmp_path), settings=SETTINGS)


def test_series_has_its_own_prices_and_the_shared_files(many):
    raw = read_series(str(many), "south", settings=SETTINGS)
    assert raw.files == FILES | {names.PRICES_FILE: b"south"}


def test_shared_files_of_series_are_read_once_and_own_prices_each_time(many):
    shared = SharedFiles()
    first = read_series(str(many), "south", settings=SETTINGS, shared=shared)
    for name in (names.RAINFALL_FILE, names.MACRO_FILE, price_key("south")):
        (many / name).write_bytes(b"changed")
    second = read_series(str(many), "south", settings=SETTINGS, shared=shared)
    assert second.files == FILES | {names.PRICES_FILE: b"changed"}
    assert second.files[names.MACRO_FILE] is first.files[names.MACRO_FILE]
    assert read_series(str(many), "south", settings=SETTINGS).files[names.MACRO_FILE] == b"changed"


def test_shared_table_of_series_is_read_once(tmp_path):
    table = tmp_path / "table.csv"
    months = pd.period_range("2019-01", periods=24, freq="M")
    rows = [f"{name},{month},{place}" for name in "ab" for place, month in enumerate(months, 1)]
    table.write_text("\n".join(["series,month,price", *rows]))
    shared = SharedFiles()
    options = {"month": None, "price": None, "as_of": pd.Period("2026-11", "M"),
               "settings": SETTINGS, "shared": shared}  # fmt: skip
    first = read_table(str(table), series="a", **options)
    table.write_text("gone")
    second = read_table(str(table), series="b", **options)
    assert first.hashes() == second.hashes()
    assert second.files[names.PRICES_FILE] == first.files[names.PRICES_FILE]


@pytest.mark.parametrize(
    "missing", [names.RAINFALL_FILE, price_key("south")], ids=["shared", "prices"]
)
def test_series_that_lacks_a_file_names_it(many, missing):
    (many / missing).unlink()
    with pytest.raises(SourceFileMissingError, match=missing):
        read_series(str(many), "south", settings=SETTINGS)


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


def download(server, cache, settings=SETTINGS):
    return download_challenge(cache, settings=settings, origin=server.origin, checksums=CHECKSUMS)


def content(cache):
    return sorted(path.name for path in cache.rglob("*")) if cache.exists() else []


def test_pinned_checksums_are_those_of_the_real_files(tmp_path, shared_data):
    for name in names.RAW_FILES:
        (tmp_path / name).write_bytes((shared_data / name).read_bytes())
    assert read("challenge", tmp_path).hashes() == CHALLENGE_CHECKSUMS
    assert read(shared_data, tmp_path).hashes() == CHALLENGE_CHECKSUMS


def test_download_returns_and_caches_the_files(server, tmp_path):
    assert download(server, tmp_path / "cache") == FILES
    assert content(tmp_path / "cache") == sorted(names.RAW_FILES)


def test_download_from_an_origin_of_a_firms_own_authority_trusts_it(server, tmp_path):
    authority = write_certificates(tmp_path / "certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sorted((tmp_path / "certificates").iterdir(), reverse=True))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.origin = server.origin.replace("http:", "https:")
    settings = StoreSettings(ca_bundle=authority)
    assert download(server, tmp_path / "cache", settings) == FILES


def test_download_with_an_intact_cache_sends_no_request(server, tmp_path):
    download(server, tmp_path)
    server.requests.clear()
    assert download(server, tmp_path) == FILES
    assert server.requests == []


def test_download_replaces_a_corrupt_cached_file(server, tmp_path):
    download(server, tmp_path)
    (tmp_path / names.PRICES_FILE).write_bytes(b"corrupt")
    assert download(server, tmp_path) == FILES
    assert (tmp_path / names.PRICES_FILE).read_bytes() == FILES[names.PRICES_FILE]


@pytest.mark.parametrize("fault", [500, 503, "short"])
def test_download_retries_after_a_passing_fault(server, tmp_path, fault):
    server.faults = [fault]
    assert download(server, tmp_path) == FILES
    assert len(server.requests) > len(FILES)


def test_download_refuses_an_altered_file_by_name_and_does_not_keep_it(server, tmp_path):
    server.faults = [None, "other"]
    with pytest.raises(SourceChecksumError, match=list(CHECKSUMS)[1]):
        download(server, tmp_path / "cache")
    assert content(tmp_path / "cache") == [next(iter(CHECKSUMS))]


def test_download_names_a_missing_file(server, tmp_path):
    with pytest.raises(SourceDownloadError, match=r"nowhere\.csv could not be downloaded"):
        download_challenge(
            tmp_path, settings=SETTINGS, origin=server.origin, checksums={"nowhere.csv": "0" * 64}
        )
    assert content(tmp_path) == []


@pytest.mark.slow
def test_download_from_an_unreachable_origin_says_what_to_do(tmp_path):
    with pytest.raises(SourceDownloadError, match="--source sample, which needs none"):
        download_challenge(
            tmp_path / "cache",
            settings=SETTINGS,
            origin="http://127.0.0.1:9/data",
            checksums=CHECKSUMS,
        )
    assert content(tmp_path) == []
