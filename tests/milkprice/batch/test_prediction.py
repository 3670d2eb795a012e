"""Batches from plan to results: every row once, whatever ran before."""

import tracemalloc
from math import nan
from pathlib import Path

import pytest

from milkprice.batch import Results, finalize, plan, predict
from milkprice.batch.errors import (
    BatchChangedError,
    BatchColumnsError,
    BatchInputError,
    BatchTableError,
    BatchUnfinishedError,
)
from milkprice.registry.errors import BundleIncompleteError, StoreFailedError
from milkprice.registry.store import open_store
from tests.support.batches import (
    expected,
    predictions,
    publish_rows,
    rejects,
    row_bundle,
    run_batch,
    table,
    write_csv,
    write_parquet,
)
from tests.support.crashing import failing_store
from tests.support.registries import open_registry, publish_champion


def write(frame, path, **options):
    """Write a frame as the suffix says."""
    return (write_csv if path.suffix == ".csv" else write_parquet)(frame, path, **options)


def modification_times(folder):
    """The files of a folder with the time of their last write."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_every_row_equals_the_predictor_to_the_bit(batch, tmp_path, suffix, workers):
    frame = table(950)
    write(frame, tmp_path / "in" / f"rows.{suffix}")
    _, results, done = run_batch(batch(keep=("region",)), workers=workers)
    found = predictions(results.uri)
    assert done == 5
    assert found["row"].tolist() == list(range(950))
    assert found["prediction"].tolist() == expected(frame)
    assert found["region"].tolist() == frame["region"].tolist()
    assert len(rejects(results.uri)) == 0


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_rejects_invalid_rows_and_loses_none(batch, tmp_path, suffix):
    frame = table(450)
    frame.loc[[3, 210, 449], "PIB"] = nan
    path = tmp_path / "in" / f"rows.{suffix}"
    write(frame, path)
    batch_plan, results, _ = run_batch(batch(keep=("region",)))
    bad = rejects(results.uri)
    assert bad["row"].tolist() == [3, 210, 449]
    assert bad["reason"].tolist() == ["is missing"] * 3
    assert bad["region"].tolist() == frame.loc[[3, 210, 449], "region"].tolist()
    assert sorted([*predictions(results.uri)["row"], *bad["row"]]) == list(range(450))
    counts = results.all_counts(batch_plan.shards)
    assert [(one.rows, one.rejected) for one in counts] == [(200, 1), (200, 1), (50, 1)]


def test_plan_of_a_folder_skips_hidden_and_other_files(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "year=2020" / "a.parquet")
    write_csv(table(20), tmp_path / "in" / "B.CSV")
    for name in ("_SUCCESS", "_temporary/c.csv", ".hidden/d.parquet", "notes.txt"):
        write_csv(table(1), tmp_path / "in" / name)
    batch_plan, *_ = run_batch(batch())
    assert [shard.key for shard in batch_plan.shards] == ["B.CSV", "year=2020/a.parquet"]


def test_plan_of_a_single_file_has_that_file_only(batch, tmp_path):
    path = write_parquet(table(10), tmp_path / "in" / "a.parquet")
    write_csv(table(5), tmp_path / "in" / "b.csv")
    batch_plan, results, _ = run_batch(batch(input=str(path)))
    assert [shard.key for shard in batch_plan.shards] == ["a.parquet"]
    assert len(predictions(results.uri)) == 10


def test_plan_of_a_folder_named_like_a_file_lists_it(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "rows.parquet" / "part.0.parquet")
    batch_plan, *_ = run_batch(batch(input=str(tmp_path / "in" / "rows.parquet")))
    assert [shard.key for shard in batch_plan.shards] == ["part.0.parquet"]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_file_without_rows_writes_an_empty_shard(batch, tmp_path, suffix):
    write(table(0), tmp_path / "in" / f"a.{suffix}")
    batch_plan, results, _ = run_batch(batch(keep=("region",)))
    (counts,) = results.all_counts(batch_plan.shards)
    assert (counts.rows, counts.predicted, counts.rejected) == (0, 0, 0)
    columns = ["row", "region", "prediction", "out_of_range", "file"]
    assert list(predictions(results.uri)) == columns


def test_predict_repeated_writes_nothing(batch, tmp_path):
    write_parquet(table(500), tmp_path / "in" / "a.parquet")
    run_batch(batch())
    before = modification_times(tmp_path / "out")
    *_, done = run_batch(batch())
    assert done == 0
    assert modification_times(tmp_path / "out") == before


def test_predict_after_a_failure_does_only_unfinished_shards(batch, tmp_path):
    write_parquet(table(1000), tmp_path / "in" / "a.parquet")
    settings = batch()
    batch_plan = plan(settings)
    store = open_store(settings.output, settings.store)
    failing = Results(failing_store(store, 5), batch_plan.model.version)
    with pytest.raises(StoreFailedError, match="it is full"):
        predict(batch_plan, failing, settings.store)
    with pytest.raises(BatchUnfinishedError, match="run the same command again"):
        finalize(batch_plan.shards, failing)
    before = {
        path: at
        for path, at in modification_times(tmp_path / "out").items()
        if "shards" in str(path)
    }
    assert len(before) == 2
    _, results, done = run_batch(settings)
    assert done == 3
    assert before.items() <= modification_times(tmp_path / "out").items()
    assert predictions(results.uri)["prediction"].tolist() == expected(table(1000))


def test_predict_the_same_shard_again_gives_the_same_bytes(batch, tmp_path):
    write_parquet(table(300).assign(PIB=[nan, *[0.5] * 299]), tmp_path / "in" / "a.parquet")
    _, results, _ = run_batch(batch(keep=("region",)))
    place = Path(results.uri)
    before = {path.name: path.read_bytes() for path in place.glob("[pr]*/*")}
    for marker in place.glob("shards/*"):
        marker.unlink()
    run_batch(batch(keep=("region",)))
    assert {path.name: path.read_bytes() for path in place.glob("[pr]*/*")} == before
    assert len(before) == 3


def test_predict_by_another_version_leaves_results_of_the_first(batch, tmp_path):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    _, first, _ = run_batch(batch())
    publish_rows(tmp_path / "registry", content=2)
    _, second, done = run_batch(batch())
    assert done == 2
    assert first.uri != second.uri
    assert len(predictions(first.uri)) == len(predictions(second.uri)) == 300


def test_plan_resolves_the_alias_once(batch, tmp_path):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    batch_plan = plan(batch())
    publish_rows(tmp_path / "registry", content=2)
    assert {shard.version for shard in batch_plan.shards} == {batch_plan.model.version}
    assert plan(batch(version=batch_plan.model.version)).shards == batch_plan.shards


@pytest.mark.parametrize("changes", [{"rows_per_shard": 100}, {"keep": ("region",)}], ids=str)
def test_finalize_deletes_older_shards_of_the_same_file(batch, tmp_path, changes):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    run_batch(batch())
    _, results, done = run_batch(batch(**changes))
    assert done
    assert predictions(results.uri)["row"].tolist() == list(range(300))


def test_predict_replaced_file_does_that_file_only(batch, tmp_path):
    path = write_parquet(table(300), tmp_path / "in" / "a.parquet")
    write_parquet(table(300), tmp_path / "in" / "b.parquet")
    write_parquet(table(50).assign(PIB=nan), tmp_path / "before" / "a.parquet")
    run_batch(batch(input=str(tmp_path / "before")))
    run_batch(batch())
    write_parquet(table(100, seed=1), path)
    _, results, done = run_batch(batch())
    assert done == 1
    assert len(predictions(results.uri)) == 400
    assert len(rejects(results.uri)) == 50


def test_predict_file_changed_after_the_plan_is_refused(batch, tmp_path):
    path = write_parquet(table(300), tmp_path / "in" / "a.parquet")
    settings = batch()
    batch_plan = plan(settings)
    write_parquet(table(299), path)
    results = Results.open(settings.output, batch_plan.model.version, settings.store)
    with pytest.raises(BatchChangedError, match=r"a\.parquet was changed"):
        predict(batch_plan, results, settings.store)
    assert modification_times(tmp_path / "out") == {}


def test_plan_of_an_input_without_files_says_what_is_expected(batch, tmp_path):
    write_csv(table(1), tmp_path / "in" / "rows.txt")
    with pytest.raises(BatchInputError, match=r"in holds no \.parquet or \.csv file"):
        plan(batch())
    with pytest.raises(BatchInputError, match=r"nowhere\.csv holds no"):
        plan(batch(input=str(tmp_path / "nowhere.csv")))
    assert not (tmp_path / "out").exists()


def test_file_that_lacks_a_column_ends_the_plan_before_anything_is_modification_times(
    batch, tmp_path
):
    write_parquet(table(10), tmp_path / "in" / "a.parquet")
    write_csv(table(10).drop(columns="rain"), tmp_path / "in" / "b.csv")
    with pytest.raises(BatchColumnsError, match=r"b\.csv lacks rain; its columns are region"):
        plan(batch())
    with pytest.raises(BatchColumnsError, match=r"a\.parquet lacks month"):
        plan(batch(keep=("month",)))
    assert not (tmp_path / "out").exists()


def test_plan_model_without_polynomial_is_refused(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "a.parquet")
    publish_champion(open_registry(tmp_path / "registry"), row_bundle(polynomial=None))
    with pytest.raises(BundleIncompleteError, match=r"polynomial\.json"):
        plan(batch())


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_memory_does_not_grow_with_the_rows(batch, tmp_path, suffix):
    options = {"group": 5000} if suffix == "parquet" else {}
    peaks = []
    for rows in (20_000, 160_000):
        folder = tmp_path / str(rows)
        write(table(rows), folder / f"a.{suffix}", **options)
        settings = batch(input=str(folder), rows_per_shard=10_000)
        batch_plan = plan(settings)
        results = Results.open(settings.output, batch_plan.model.version, settings.store)
        tracemalloc.start()
        predict(batch_plan, results, settings.store)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("_delta_log/00000000000000000000.json", "Delta Lake"),
        ("metadata/v2.metadata.json", "Iceberg"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
    ids=["Delta Lake", "Iceberg", "Hudi"],
)
@pytest.mark.parametrize("source", ["", "prices", "prices/a.parquet"], ids=["above", "it", "file"])
def test_plan_of_a_table_with_a_log_of_its_own_is_refused(batch, tmp_path, log, kind, source):
    write_parquet(table(10), tmp_path / "in" / "prices" / "a.parquet")
    file = tmp_path / "in" / "prices" / log
    file.parent.mkdir()
    file.write_text("{}")
    with pytest.raises(BatchTableError, match=rf"in/prices is a {kind} table: .* Export"):
        plan(batch(input=str(tmp_path / "in" / source)))


def test_results_carry_the_file_they_come_from(batch, tmp_path):
    for folder, bad in (("one", 0), ("two", 1)):
        frame = table(3)
        frame.loc[: bad - 1, "PIB"] = nan
        write_parquet(frame, tmp_path / "in" / folder / "a.parquet")
    _, results, _ = run_batch(batch())
    files = [f"{tmp_path}/in/{folder}/a.parquet" for folder in ("one", "two")]
    assert predictions(results.uri).groupby("file").size().to_dict() == {files[0]: 3, files[1]: 2}
    assert rejects(results.uri)["file"].tolist() == [files[1]]
