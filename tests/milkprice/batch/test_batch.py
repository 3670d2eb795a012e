"""Whole batches: every row once, whatever happened before."""

import tracemalloc
from math import nan
from pathlib import Path

import pytest

from milkprice.batch import Results, finalize, plan, predict
from milkprice.batch.errors import (
    BatchChangedError,
    BatchColumnsError,
    BatchInputError,
    BatchUnfinishedError,
)
from milkprice.errors import SettingError
from milkprice.registry.errors import BundleIncompleteError, StoreFailedError
from milkprice.registry.store import open_store
from tests.support.batches import (
    FailingStore,
    do,
    expected,
    predictions,
    publish_rows,
    rejects,
    row_bundle,
    table,
    write_csv,
    write_parquet,
)
from tests.support.registries import open_registry, publish_champion


def write(frame, path, **options):
    """Write a frame as the suffix says."""
    return (write_csv if path.suffix == ".csv" else write_parquet)(frame, path, **options)


def written(folder):
    """What lies in a folder, with the time of each write."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_every_row_is_predicted_as_the_predictor_does_to_the_bit(batch, tmp_path, suffix, workers):
    frame = table(950)
    write(frame, tmp_path / "in" / f"rows.{suffix}")
    _, results, done = do(batch(keep=("region",)), workers=workers)
    found = predictions(results.uri)
    assert done == 5
    assert found["row"].tolist() == list(range(950))
    assert found["prediction"].tolist() == expected(frame)
    assert found["region"].tolist() == frame["region"].tolist()
    assert len(rejects(results.uri)) == 0


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_rows_are_predicted_or_rejected_and_none_is_lost(batch, tmp_path, suffix):
    frame = table(450)
    frame.loc[[3, 210, 449], "PIB"] = nan
    path = tmp_path / "in" / f"rows.{suffix}"
    write(frame, path)
    todo, results, _ = do(batch(keep=("region",)))
    bad = rejects(results.uri)
    assert bad["row"].tolist() == [3, 210, 449]
    assert bad["reason"].tolist() == ["is missing"] * 3
    assert bad["region"].tolist() == frame.loc[[3, 210, 449], "region"].tolist()
    assert sorted([*predictions(results.uri)["row"], *bad["row"]]) == list(range(450))
    counts = results.all_counts(todo.shards)
    assert [(one.rows, one.rejected) for one in counts] == [(200, 1), (200, 1), (50, 1)]


def test_folder_of_both_kinds_leaves_out_what_is_hidden_or_something_else(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "year=2020" / "a.parquet")
    write_csv(table(20), tmp_path / "in" / "B.CSV")
    for name in ("_SUCCESS", "_temporary/c.csv", ".hidden/d.parquet", "notes.txt"):
        write_csv(table(1), tmp_path / "in" / name)
    todo, *_ = do(batch())
    assert [shard.key for shard in todo.shards] == ["B.CSV", "year=2020/a.parquet"]


def test_one_file_may_be_the_input(batch, tmp_path):
    path = write_parquet(table(10), tmp_path / "in" / "a.parquet")
    write_csv(table(5), tmp_path / "in" / "b.csv")
    todo, results, _ = do(batch(input=str(path)))
    assert [shard.key for shard in todo.shards] == ["a.parquet"]
    assert len(predictions(results.uri)) == 10


def test_folder_may_be_called_like_a_file(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "rows.parquet" / "part.0.parquet")
    todo, *_ = do(batch(input=str(tmp_path / "in" / "rows.parquet")))
    assert [shard.key for shard in todo.shards] == ["part.0.parquet"]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_file_without_rows_is_a_finished_shard_without_rows(batch, tmp_path, suffix):
    write(table(0), tmp_path / "in" / f"a.{suffix}")
    todo, results, _ = do(batch(keep=("region",)))
    (counts,) = results.all_counts(todo.shards)
    assert (counts.rows, counts.predicted, counts.rejected) == (0, 0, 0)
    columns = ["row", "region", "prediction", "out_of_range"]
    assert list(predictions(results.uri)) == columns


def test_same_run_again_writes_nothing(batch, tmp_path):
    write_parquet(table(500), tmp_path / "in" / "a.parquet")
    do(batch())
    before = written(tmp_path / "out")
    *_, done = do(batch())
    assert done == 0
    assert written(tmp_path / "out") == before


def test_run_that_was_broken_off_does_only_what_is_unfinished(batch, tmp_path):
    write_parquet(table(1000), tmp_path / "in" / "a.parquet")
    settings = batch()
    todo = plan(settings)
    store = open_store(settings.output, settings.store)
    failing = Results(FailingStore(store, 5), todo.model.version)
    with pytest.raises(StoreFailedError, match="it is full"):
        predict(todo, failing, settings.store)
    with pytest.raises(BatchUnfinishedError, match="run the same again"):
        finalize(todo.shards, failing)
    before = {path: at for path, at in written(tmp_path / "out").items() if "shards" in str(path)}
    assert len(before) == 2
    _, results, done = do(settings)
    assert done == 3
    assert before.items() <= written(tmp_path / "out").items()
    assert predictions(results.uri)["prediction"].tolist() == expected(table(1000))


def test_shard_that_is_done_again_is_the_same_bytes(batch, tmp_path):
    write_parquet(table(300).assign(PIB=[nan, *[0.5] * 299]), tmp_path / "in" / "a.parquet")
    _, results, _ = do(batch(keep=("region",)))
    place = Path(results.uri)
    before = {path.name: path.read_bytes() for path in place.glob("[pr]*/*")}
    for marker in place.glob("shards/*"):
        marker.unlink()
    do(batch(keep=("region",)))
    assert {path.name: path.read_bytes() for path in place.glob("[pr]*/*")} == before
    assert len(before) == 3


def test_another_version_predicts_anew_beside_the_first(batch, tmp_path):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    _, first, _ = do(batch())
    publish_rows(tmp_path / "registry", content=2)
    _, second, done = do(batch())
    assert done == 2
    assert first.uri != second.uri
    assert len(predictions(first.uri)) == len(predictions(second.uri)) == 300


def test_promotion_after_the_plan_changes_nothing(batch, tmp_path):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    todo = plan(batch())
    publish_rows(tmp_path / "registry", content=2)
    assert {shard.version for shard in todo.shards} == {todo.model.version}
    assert plan(batch(version=todo.model.version)).shards == todo.shards


@pytest.mark.parametrize("changes", [{"rows_per_shard": 100}, {"keep": ("region",)}], ids=str)
def test_other_shards_of_the_same_file_take_the_place_of_the_old(batch, tmp_path, changes):
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    do(batch())
    _, results, done = do(batch(**changes))
    assert done
    assert predictions(results.uri)["row"].tolist() == list(range(300))


def test_file_that_was_replaced_is_predicted_anew_and_others_are_left(batch, tmp_path):
    path = write_parquet(table(300), tmp_path / "in" / "a.parquet")
    write_parquet(table(300), tmp_path / "in" / "b.parquet")
    write_parquet(table(50).assign(PIB=nan), tmp_path / "before" / "a.parquet")
    do(batch(input=str(tmp_path / "before")))
    do(batch())
    write_parquet(table(100, seed=1), path)
    _, results, done = do(batch())
    assert done == 1
    assert len(predictions(results.uri)) == 400
    assert len(rejects(results.uri)) == 50


def test_file_that_changes_after_the_plan_is_refused(batch, tmp_path):
    path = write_parquet(table(300), tmp_path / "in" / "a.parquet")
    settings = batch()
    todo = plan(settings)
    write_parquet(table(299), path)
    results = Results.open(settings.output, todo.model.version, settings.store)
    with pytest.raises(BatchChangedError, match=r"a\.parquet changed"):
        predict(todo, results, settings.store)
    assert written(tmp_path / "out") == {}


def test_input_without_files_says_what_is_expected(batch, tmp_path):
    write_csv(table(1), tmp_path / "in" / "rows.txt")
    with pytest.raises(BatchInputError, match=r"in holds no \.parquet or \.csv file"):
        plan(batch())
    with pytest.raises(BatchInputError, match=r"nowhere\.csv holds no"):
        plan(batch(input=str(tmp_path / "nowhere.csv")))
    assert not (tmp_path / "out").exists()


def test_file_that_lacks_a_column_ends_the_plan_before_anything_is_written(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "a.parquet")
    write_csv(table(10).drop(columns="rain"), tmp_path / "in" / "b.csv")
    with pytest.raises(BatchColumnsError, match=r"b\.csv lacks rain; its columns are region"):
        plan(batch())
    with pytest.raises(BatchColumnsError, match=r"a\.parquet lacks month"):
        plan(batch(keep=("month",)))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("output", ["in", "in/out", "in/../in/x"])
def test_output_in_the_input_is_refused(batch, tmp_path, output):
    with pytest.raises(SettingError, match="a place that is not in the input"):
        batch(output=f"{tmp_path}/{output}")


@pytest.mark.parametrize("output", ["s3://bucket/in/", "s3://bucket/in/out"])
def test_output_in_the_input_is_refused_in_a_bucket(batch, output):
    with pytest.raises(SettingError, match="not in the input, s3://bucket/in"):
        batch(input="s3://bucket/in", output=output)


def test_output_beside_the_input_is_taken(batch):
    assert batch(input="s3://bucket/in", output="s3://bucket/in-out")


@pytest.mark.parametrize(
    "changes",
    [{"keep": ("Row",)}, {"keep": ("a", "A")}, {"rows_per_shard": 0}],
    ids=["a column of the results", "twice", "no rows"],
)
def test_options_that_mean_nothing_are_refused(batch, changes):
    with pytest.raises(SettingError):
        batch(**changes)


def test_model_without_plain_arithmetic_is_refused(batch, tmp_path):
    write_parquet(table(10), tmp_path / "in" / "a.parquet")
    publish_champion(open_registry(tmp_path / "registry"), row_bundle(polynomial=None))
    with pytest.raises(BundleIncompleteError, match=r"polynomial\.json"):
        plan(batch())


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_memory_does_not_grow_with_the_rows(batch, tmp_path, suffix):
    options = {"group": 5000} if suffix == "parquet" else {}
    peaks = []
    for rows in (20_000, 160_000):
        folder = tmp_path / str(rows)
        write(table(rows), folder / f"a.{suffix}", **options)
        settings = batch(input=str(folder), rows_per_shard=10_000)
        todo = plan(settings)
        results = Results.open(settings.output, todo.model.version, settings.store)
        tracemalloc.start()
        predict(todo, results, settings.store)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
