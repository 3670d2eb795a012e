"""A process that is killed at any write leaves what is whole, and the same command again ends well.

What is killed is a real process, by SIGKILL. Publishing, promoting and pruning are killed in the
same way by ``test_registry_crashes.py``.
"""

from __future__ import annotations

import itertools
import json
import signal
from functools import partial
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
from tests.support.jobs import CrashPoint, run
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


def do(job, *arguments):
    """Do a job that nobody kills."""
    assert not is_killed(job, CrashPoint(), *arguments)


def crash_points(*, after=False):
    return (CrashPoint(at=number, after=after) for number in itertools.count(1))


def killed_at_each_write(job, prepare, points=None):
    """Kill a job at its first write, its second and so on until it lives.

    Yields the number of the write and what `prepare` gave for it: the job's arguments.
    """
    for point in points or crash_points():
        arguments = prepare(point.at)
        if not is_killed(job, point, *arguments):
            return
        yield point.at, arguments


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
        def prepare(at):
            (tmp_path / str(at)).mkdir()
            return tmp_path / str(at) / "cache", origin, CHECKSUMS

        for at, arguments in killed_at_each_write(jobs.fetch, prepare):
            assert visible_files(arguments[0]).items() <= FILES.items(), at
            do(jobs.fetch, *arguments)
            assert files_of(arguments[0]) == FILES, at
        assert at >= 4 * len(FILES)

    @pytest.mark.parametrize("at", range(2, 7))
    def test_killed_again_and_again_leaves_no_more_than_once(self, origin, tmp_path, at):
        cache = tmp_path / "cache"
        for _ in range(4):
            assert is_killed(jobs.fetch, CrashPoint(at=at), cache, origin, CHECKSUMS)
            assert len(files_of(cache).keys() - FILES.keys()) <= 1
        do(jobs.fetch, cache, origin, CHECKSUMS)
        assert files_of(cache) == FILES


def test_sample_killed_at_any_write_and_repeated_ends_as_if_it_had_lived(tmp_path):
    def prepare(name):
        folder = tmp_path / str(name)
        folder.mkdir()
        words = ("data", "sample", "--out", str(folder / "out"), "--months", "48", "--series", "1")
        return words, folder, {}

    do(jobs.command, *prepare("whole"))
    expected = files_of(tmp_path / "whole")
    assert len(expected) == 6
    for at, arguments in killed_at_each_write(jobs.command, prepare):
        assert visible_files(arguments[1]).items() <= expected.items(), at
        do(jobs.command, *arguments)
        assert files_of(arguments[1]) == expected, at
    assert at >= 4 * len(expected)


class TestBundle:
    @pytest.fixture
    def bundles(self):
        return [toy_bundle(content) for content in (1, 2)]

    @pytest.mark.parametrize(("has_old", "writes"), [(True, 8), (False, 6)], ids=["over", "first"])
    def test_killed_at_any_write_leaves_all_of_the_old_or_of_the_new(
        self, bundles, tmp_path, has_old, writes
    ):
        def prepare(at):
            folder = tmp_path / str(at) / "model"
            folder.parent.mkdir()
            if has_old:
                do(jobs.write_bundle, 1, folder)
            return 2, folder

        for at, (content, folder) in killed_at_each_write(jobs.write_bundle, prepare):
            if has_old or folder.exists():
                assert read(folder) in bundles[not has_old :], at
            do(jobs.write_bundle, content, folder)
            assert read(folder) == bundles[1]
            assert [path.name for path in folder.parent.iterdir()] == ["model"], at
        assert at >= writes

    def test_killed_again_and_again_leaves_no_more_than_once(self, bundles, tmp_path):
        folder = tmp_path / "model"
        do(jobs.write_bundle, 1, folder)
        for point in itertools.islice(crash_points(), 9):
            assert is_killed(jobs.write_bundle, point, 2, folder)
            assert read(folder) in bundles, point
            assert len(list(tmp_path.iterdir())) <= 3, point
        do(jobs.write_bundle, 2, folder)
        assert read(folder) == bundles[1]
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_killed_between_two_renames_and_then_at_any_write_leaves_one(self, bundles, tmp_path):
        def is_swapping(point, folder):
            do(jobs.write_bundle, 1, folder)
            return is_killed(jobs.write_bundle, point, 2, folder) and not folder.exists()

        def prepare(at):
            folder = tmp_path / str(at) / "model"
            assert is_swapping(swap, folder)
            assert read(folder) == bundles[0]
            return 2, folder

        places = (tmp_path / f"place{number}" / "model" for number in itertools.count())
        swap = next(point for point in crash_points() if is_swapping(point, next(places)))
        for at, (content, folder) in killed_at_each_write(jobs.write_bundle, prepare):
            assert read(folder) in bundles, (swap, at)
            do(jobs.write_bundle, content, folder)
            assert read(folder) == bundles[1]
            assert [path.name for path in folder.parent.iterdir()] == ["model"], (swap, at)
        assert at >= 8


class Batch:
    """A batch over a store: what was there before, what shall be there, and what is there."""

    def __init__(self, place, settings, folder, environment):
        self.place, self.settings, self.folder = place, settings, folder
        self.environment = environment
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
        self.before = self.objects("before")
        run_batch(self.settings_of("whole"))
        self.whole = self.objects("whole")

    def settings_of(self, output, *, rows_per_shard=100):
        return BatchSettings(
            input=f"{self.place}/in",
            output=f"{self.place}/{output}",
            registry=f"{self.place}/registry",
            rows_per_shard=rows_per_shard,
            store=self.settings,
        )

    def objects(self, output):
        store = open_store(f"{self.place}/{output}", self.settings)
        return {entry.key: store.get(entry.key).data for entry in store.list()}

    def prepare(self, at, *, workers=1):
        """Let an output hold what an older plan left; return what ``jobs.command`` needs."""
        settings = self.settings_of(f"out{at}")
        store = open_store(settings.output, self.settings)
        for key, data in self.before.items():
            store.put(key, data)
        options = {
            "--input": settings.input,
            "--output": settings.output,
            "--registry": settings.registry,
            "--rows-per-shard": "100",
            "--workers": str(workers),
        }
        words = ("predict", "--json", *itertools.chain(*options.items()))
        return words, self.folder / f"out{at}", self.environment


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def batch(request, tmp_path):
    if request.param == "folder":
        return Batch(str(tmp_path / "store"), StoreSettings(), tmp_path / "work", {})
    server = request.getfixturevalue("minio")
    bucket = request.getfixturevalue("bucket")
    return Batch(f"s3://{bucket}", server.settings, tmp_path / "work", server.environment)


def shards(objects):
    """Markers of shards that are done."""
    return {key: data for key, data in objects.items() if "/shards/" in key}


def without_seconds(objects):
    """The objects, without how long they took."""
    timeless = {
        key: json.dumps({**json.loads(data), "seconds": 0}).encode()
        for key, data in shards(objects).items()
    }
    return {**objects, **timeless}


def assert_whole(batch, left):
    """Assert that all there is belongs to one plan or the other, and that what is done is there."""
    whole = without_seconds(batch.whole)
    for key, data in without_seconds(left).items():
        assert data in (whole.get(key), without_seconds(batch.before).get(key)), key
    for marker in shards(left).keys() & shards(batch.whole).keys():
        name = Path(marker).stem
        assert {key for key in batch.whole if name in key} <= left.keys()


def assert_ended(batch, output, left):
    """Assert that the run after a crash did what was undone and no more, and counted it once."""
    now = batch.objects(output)
    answer = json.loads((batch.folder / f"{output}.out").read_text())
    done = shards(left).keys() & shards(batch.whole).keys()
    assert without_seconds(now) == without_seconds(batch.whole)
    assert {key: left[key] for key in done}.items() <= now.items()
    counts = [json.loads(data) for data in shards(batch.whole).values()]
    assert (answer["ran"], answer["skipped"]) == (len(counts) - len(done), len(done))
    for name in ("rows", "predicted", "rejected", "out_of_range"):
        assert answer[name] == sum(count[name] for count in counts)
    assert (answer["rows"], answer["rejected"]) == (390, 2)


@WHEN
def test_predict_killed_at_any_write_and_repeated_ends_as_if_it_had_lived(batch, after):
    points = crash_points(after=after)
    for at, arguments in killed_at_each_write(jobs.command, batch.prepare, points):
        left = batch.objects(f"out{at}")
        assert_whole(batch, left)
        do(jobs.command, *arguments)
        assert_ended(batch, f"out{at}", left)
    assert at == len(batch.whole.keys() ^ batch.before.keys())


@WHEN
def test_predict_killed_again_and_again_in_one_output_ends_at_last(batch, after):
    arguments, times = batch.prepare(0), 0
    while is_killed(jobs.command, CrashPoint(at=4, after=after), *arguments):
        times += 1
        left = batch.objects("out0")
        assert_whole(batch, left)
    assert times > len(shards(batch.whole)) / 2
    assert_ended(batch, "out0", left)


def test_predict_by_many_workers_killed_at_a_write_and_repeated_ends_well(batch):
    prepare = partial(batch.prepare, workers=3)
    every_second = itertools.islice(crash_points(), 0, None, 2)
    for at, arguments in killed_at_each_write(jobs.command, prepare, every_second):
        left = batch.objects(f"out{at}")
        assert_whole(batch, left)
        do(jobs.command, *arguments)
        assert_ended(batch, f"out{at}", left)
    assert at >= len(batch.whole) - 1


@pytest.mark.parametrize("batch", ["folder"], indirect=True)
def test_steps_of_a_batch_killed_at_any_write_and_repeated_end_well(batch):
    def prepare(at):
        folder = batch.folder / f"out{at}"
        folder.mkdir()
        return batch.settings_of(folder.name), folder

    do(jobs.steps_of_batch, *prepare("alone"))
    summary = files_of(batch.folder / "outalone")["summary/data"]
    for at, (settings, folder) in killed_at_each_write(jobs.steps_of_batch, prepare):
        assert_whole(batch, batch.objects(folder.name))
        do(jobs.steps_of_batch, settings, folder)
        assert without_seconds(batch.objects(folder.name)) == without_seconds(batch.whole), at
        files = files_of(folder)
        assert files.keys() == {"plan/data", "summary/data"}, at
        assert files["summary/data"] == summary.replace(b"/outalone/", b"/out%d/" % at), at
    assert at >= len(batch.whole) + 8
