"""A process that is killed at any write leaves what is whole, and the same command again ends well.

What is killed is a real process, by SIGKILL. Publishing, promoting and pruning are killed in the
same way by ``test_registry_crashes.py``.
"""

from __future__ import annotations

import itertools
import json
import signal
from math import nan
from pathlib import Path

import pytest

from milkprice.batch import BatchSettings
from milkprice.data.formats import names
from milkprice.files import sha256
from milkprice.registry.bundle import read
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support import jobs
from tests.support.batches import row_bundle, run_batch, table, write_csv, write_parquet
from tests.support.bundles import toy_bundle
from tests.support.children import run
from tests.support.jobs import CrashPoint
from tests.support.loopback import on_loopback
from tests.support.registries import open_registry, publish_champion

pytestmark = pytest.mark.slow

WHEN = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
FILES = {name: name.encode() * 1000 for name in names.RAW_FILES}
CHECKSUMS = {name: sha256(data) for name, data in FILES.items()}


def is_killed(job, point, *arguments):
    """Do a job; tell whether it was killed, as it was to be, and not for another reason."""
    status = run(job, point, *arguments)
    assert status in (0, -signal.SIGKILL), f"{point} ended with {status}"
    return status != 0


def crash_points(*, after=False):
    return (CrashPoint(at=number, after=after) for number in itertools.count(1))


def files_of(folder):
    """Bytes by place of all that lies in a folder; None for folders with nothing in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.is_file() or not any(path.iterdir())
    }


def visible_files(folder):
    """Files that are in no folder with a dot in front."""
    return {
        place: data
        for place, data in files_of(folder).items()
        if data is not None and not any(part.startswith(".") for part in Path(place).parts)
    }


class Origin:
    """A web server with the files."""

    def answer(self, request):
        return 200, FILES[request.path.rpartition("/")[2]]


@pytest.fixture
def origin():
    with on_loopback(Origin()) as server:
        yield f"http://127.0.0.1:{server.port}/data"


class TestFetch:
    def test_killed_at_any_write_and_repeated_ends_as_if_it_had_lived(self, origin, tmp_path):
        for point in crash_points():
            cache = tmp_path / str(point.at) / "cache"
            cache.parent.mkdir()
            if not is_killed(jobs.fetch, point, cache, origin, CHECKSUMS):
                break
            assert visible_files(cache).items() <= FILES.items(), point
            assert not is_killed(jobs.fetch, CrashPoint(), cache, origin, CHECKSUMS)
            assert files_of(cache) == FILES, point
        assert point.at > 4 * len(FILES)

    @pytest.mark.parametrize("at", range(2, 7))
    def test_killed_again_and_again_leaves_no_more_than_once(self, origin, tmp_path, at):
        for _ in range(4):
            assert is_killed(jobs.fetch, CrashPoint(at=at), tmp_path / "cache", origin, CHECKSUMS)
            assert len(files_of(tmp_path / "cache").keys() - FILES.keys()) <= 1
        assert not is_killed(jobs.fetch, CrashPoint(), tmp_path / "cache", origin, CHECKSUMS)
        assert files_of(tmp_path / "cache") == FILES


def test_sample_killed_at_any_write_and_repeated_ends_as_if_it_had_lived(tmp_path):
    def arguments(folder):
        folder.mkdir()
        words = ("data", "sample", "--out", str(folder / "out"), "--months", "48", "--series", "1")
        return words, folder, {}

    whole = tmp_path / "whole"
    assert not is_killed(jobs.command, CrashPoint(), *arguments(whole))
    expected = files_of(whole)
    assert len(expected) == 6
    for point in crash_points():
        folder = tmp_path / str(point.at)
        words = arguments(folder)
        if not is_killed(jobs.command, point, *words):
            break
        assert visible_files(folder).items() <= expected.items(), point
        assert not is_killed(jobs.command, CrashPoint(), *words)
        assert files_of(folder) == expected, point
    assert point.at > 4 * len(expected)


class TestBundle:
    @pytest.fixture
    def bundles(self):
        return [toy_bundle(content) for content in (1, 2)]

    def test_killed_at_any_write_over_another_leaves_one_of_them(self, bundles, tmp_path):
        old, new = bundles
        for point in crash_points():
            folder = tmp_path / str(point.at) / "model"
            assert not is_killed(jobs.write_bundle, CrashPoint(), 1, folder)
            if not is_killed(jobs.write_bundle, point, 2, folder):
                break
            assert read(folder) in (old, new), point
            assert not is_killed(jobs.write_bundle, CrashPoint(), 2, folder)
            assert read(folder) == new
            assert [path.name for path in folder.parent.iterdir()] == ["model"], point
        assert point.at > 8

    def test_killed_again_and_again_leaves_no_more_than_once(self, bundles, tmp_path):
        old, new = bundles
        folder = tmp_path / "model"
        assert not is_killed(jobs.write_bundle, CrashPoint(), 1, folder)
        for point in itertools.islice(crash_points(), 9):
            assert is_killed(jobs.write_bundle, point, 2, folder)
            assert read(folder) in (old, new), point
            assert len(list(tmp_path.iterdir())) <= 3, point
        assert not is_killed(jobs.write_bundle, CrashPoint(), 2, folder)
        assert read(folder) == new
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_killed_between_two_renames_and_then_at_any_write_leaves_one(self, bundles, tmp_path):
        def swapping(point, folder):
            assert not is_killed(jobs.write_bundle, CrashPoint(), 1, folder)
            return is_killed(jobs.write_bundle, point, 2, folder) and not folder.exists()

        places = (tmp_path / f"found{number}" / "model" for number in itertools.count())
        first = next(point for point in crash_points() if swapping(point, next(places)))
        for second in crash_points():
            folder = tmp_path / str(second.at) / "model"
            assert swapping(first, folder)
            assert read(folder) == bundles[0]
            if not is_killed(jobs.write_bundle, second, 2, folder):
                break
            assert read(folder) in bundles, (first, second)
            assert not is_killed(jobs.write_bundle, CrashPoint(), 2, folder)
            assert read(folder) == bundles[1]
            assert [path.name for path in folder.parent.iterdir()] == ["model"], (first, second)
        assert second.at > 8

    def test_killed_at_the_first_write_of_a_place_leaves_none_or_all(self, bundles, tmp_path):
        for point in crash_points():
            folder = tmp_path / str(point.at) / "model"
            folder.parent.mkdir()
            if not is_killed(jobs.write_bundle, point, 1, folder):
                break
            assert not folder.exists() or read(folder) == bundles[0], point
            assert not is_killed(jobs.write_bundle, CrashPoint(), 1, folder)
            assert [path.name for path in folder.parent.iterdir()] == ["model"], point
        assert point.at > 6


class Batch:
    """A batch over a store: what was there before, what shall be there, and what is there."""

    def __init__(self, place, settings, folder):
        self.place, self.settings, self.folder = place, settings, folder
        publish_champion(open_registry(f"{place}/registry", settings), row_bundle())
        folder.mkdir()
        a = table(300).assign(PIB=[nan, *[0.5] * 199, nan, *[0.5] * 99])
        paths = (
            write_parquet(a, folder / "in" / "a.parquet"),
            write_csv(table(90, seed=1), folder / "in" / "b.csv"),
        )
        into = open_store(f"{place}/in", settings)
        for path in paths:
            into.put(path.name, path.read_bytes())
        run_batch(self.settings_of("before", rows_per_shard=300))
        self.before = self.found("before")
        run_batch(self.settings_of("whole"))
        self.whole = self.found("whole")

    def settings_of(self, output, *, rows_per_shard=100):
        return BatchSettings(
            input=f"{self.place}/in",
            output=f"{self.place}/{output}",
            registry=f"{self.place}/registry",
            rows_per_shard=rows_per_shard,
            store=self.settings,
        )

    def begin(self, output):
        """Let an output hold what an older plan left."""
        store = open_store(f"{self.place}/{output}", self.settings)
        for key, data in self.before.items():
            store.put(key, data)

    def found(self, output):
        store = open_store(f"{self.place}/{output}", self.settings)
        return {entry.key: store.get(entry.key).data for entry in store.list()}

    def command(self, output, *, workers=1):
        """What ``jobs.command`` needs to do it into an output."""
        settings = self.settings_of(output)
        words = {
            "input": settings.input,
            "output": settings.output,
            "registry": settings.registry,
            "rows-per-shard": "100",
            "workers": str(workers),
        }
        options = [word for name, value in words.items() for word in (f"--{name}", value)]
        return ("predict", "--json", *options), self.folder / output, self.environment

    @property
    def environment(self):
        if self.settings.endpoint is None:
            return {}
        return {
            "AWS_ENDPOINT_URL": self.settings.endpoint,
            "AWS_ACCESS_KEY_ID": self.settings.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.settings.secret_access_key,
        }

    def answer(self, output):
        return json.loads((self.folder / output).with_suffix(".out").read_text())


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def batch(request, tmp_path):
    if request.param == "folder":
        return Batch(str(tmp_path / "store"), StoreSettings(), tmp_path / "work")
    server = request.getfixturevalue("minio")
    bucket = request.getfixturevalue("bucket")
    return Batch(f"s3://{bucket}", server.settings, tmp_path / "work")


def shards(found):
    """Markers of shards that are done."""
    return {key: data for key, data in found.items() if "/shards/" in key}


def without_seconds(found):
    """What was found, without how long it took."""
    timeless = {
        key: json.dumps({**json.loads(data), "seconds": 0}).encode()
        for key, data in shards(found).items()
    }
    return {**found, **timeless}


def assert_whole(batch, found):
    """Assert that all there is belongs to one plan or the other, and that what is done is there."""
    whole = without_seconds(batch.whole)
    for key, data in without_seconds(found).items():
        assert data in (whole.get(key), without_seconds(batch.before).get(key)), key
    for marker in shards(found).keys() & shards(batch.whole).keys():
        name = Path(marker).stem
        assert {key for key in batch.whole if name in key} <= found.keys()


def assert_ended(batch, output, found):
    """Assert that the run after a crash did what was undone and no more, and counted it once."""
    now, answer = batch.found(output), batch.answer(output)
    done = shards(found).keys() & shards(batch.whole).keys()
    assert without_seconds(now) == without_seconds(batch.whole)
    assert {key: found[key] for key in done}.items() <= now.items()
    counts = [json.loads(data) for data in shards(batch.whole).values()]
    assert (answer["ran"], answer["skipped"]) == (len(counts) - len(done), len(done))
    for name in ("rows", "predicted", "rejected", "out_of_range"):
        assert answer[name] == sum(count[name] for count in counts)
    assert (answer["rows"], answer["rejected"]) == (390, 2)


@WHEN
def test_predict_killed_at_any_write_and_repeated_ends_as_if_it_had_lived(batch, after):
    for point in crash_points(after=after):
        output = f"out{point.at}"
        batch.begin(output)
        if not is_killed(jobs.command, point, *batch.command(output)):
            break
        found = batch.found(output)
        assert_whole(batch, found)
        assert not is_killed(jobs.command, CrashPoint(), *batch.command(output))
        assert_ended(batch, output, found)
    assert point.at - 1 == len(batch.whole.keys() ^ batch.before.keys())


@WHEN
def test_predict_killed_again_and_again_in_one_output_ends_at_last(batch, after):
    batch.begin("out")
    times = 0
    while is_killed(jobs.command, CrashPoint(at=4, after=after), *batch.command("out")):
        times += 1
        found = batch.found("out")
        assert_whole(batch, found)
    assert times > len(shards(batch.whole)) / 2
    assert_ended(batch, "out", found)


def test_predict_by_many_workers_killed_at_a_write_and_repeated_ends_well(batch):
    for point in itertools.islice(crash_points(), 0, None, 2):
        output = f"out{point.at}"
        batch.begin(output)
        if not is_killed(jobs.command, point, *batch.command(output, workers=3)):
            break
        found = batch.found(output)
        assert_whole(batch, found)
        assert not is_killed(jobs.command, CrashPoint(), *batch.command(output, workers=3))
        assert_ended(batch, output, found)
    assert point.at > len(batch.whole)


@pytest.mark.parametrize("batch", ["folder"], indirect=True)
def test_steps_of_a_batch_killed_at_any_write_and_repeated_end_well(batch):
    def did(output, point):
        folder = batch.folder / output
        folder.mkdir(exist_ok=True)
        return is_killed(jobs.steps_of_batch, point, batch.settings_of(output), folder)

    assert not did("alone", CrashPoint())
    summary = files_of(batch.folder / "alone")["summary/data"]
    for point in crash_points():
        output = f"out{point.at}"
        if not did(output, point):
            break
        assert_whole(batch, batch.found(output))
        assert not did(output, CrashPoint())
        assert without_seconds(batch.found(output)) == without_seconds(batch.whole), point
        ended = files_of(batch.folder / output)
        assert ended.keys() == {"plan/data", "summary/data"}, point
        assert ended["summary/data"] == summary.replace(b"/alone/", f"/{output}/".encode()), point
    assert point.at > len(batch.whole) + 8
