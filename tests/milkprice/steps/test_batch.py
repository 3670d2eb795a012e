"""The steps of a batch, one after the other as a pipeline runs them."""

from pathlib import Path

import pytest

from milkprice.batch import BatchSettings
from milkprice.batch.errors import BatchUnfinishedError
from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from milkprice.steps import batch
from tests.support.batches import predictions, publish_rows, table, write_parquet

NOWHERE = StoreSettings()


@pytest.fixture
def settings(tmp_path):
    publish_rows(tmp_path / "registry")
    write_parquet(
        table(400).assign(PIB=[float("nan"), *[0.5] * 399]), tmp_path / "in" / "a.parquet"
    )
    return BatchSettings(
        input=str(tmp_path / "in"),
        output=str(tmp_path / "out"),
        registry=str(tmp_path / "registry"),
        rows_per_shard=100,
    )


def planned(settings, tmp_path):
    return batch.plan_shards(str(tmp_path / "plan"), settings=settings)


def predict(name, settings, tmp_path):
    return batch.predict_shard(
        name, str(tmp_path / "plan"), output=settings.output, registry=settings.registry,
        settings=NOWHERE,
    )  # fmt: skip


def collect(done, settings, tmp_path):
    return batch.collect_shards(
        str(tmp_path / "plan"), done, str(tmp_path / "summary"), output=settings.output,
        settings=NOWHERE,
    )  # fmt: skip


def test_shards_one_by_one_are_the_whole(settings, tmp_path):
    names = planned(settings, tmp_path)
    assert len(names) == 4
    assert [predict(name, settings, tmp_path) for name in reversed(names)] == names[::-1]
    facts = collect(names, settings, tmp_path)
    assert facts == {"shards": 4, "shards of this run": 4, "rows": 400, "predicted": 399,
                     "rejected": 1, "out_of_range": 0}  # fmt: skip
    summary = Path(tmp_path / "summary").read_text("utf-8")
    assert f"| {tmp_path}/in/a.parquet | 4 | 400 | 399 | 1 | 0 |" in summary
    (place,) = (tmp_path / "out").iterdir()
    assert predictions(place)["row"].tolist() == list(range(1, 400))


def test_plan_again_names_what_is_unfinished(settings, tmp_path):
    names = planned(settings, tmp_path)
    predict(names[1], settings, tmp_path)
    assert planned(settings, tmp_path) == [names[0], *names[2:]]


def test_finished_plan_names_one_shard_which_is_left_as_it_is(settings, tmp_path):
    for name in planned(settings, tmp_path):
        predict(name, settings, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    (name,) = planned(settings, tmp_path)
    predict(name, settings, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before
    assert collect([name], settings, tmp_path)["shards"] == 4


def test_shards_that_lack_are_named_and_nothing_is_told(settings, tmp_path):
    names = planned(settings, tmp_path)
    predict(names[0], settings, tmp_path)
    with pytest.raises(BatchUnfinishedError, match=names[1]):
        collect(names, settings, tmp_path)
    assert not (tmp_path / "summary").exists()


def test_shard_of_another_plan_is_refused(settings, tmp_path):
    planned(settings, tmp_path)
    with pytest.raises(SettingError, match="one of the plan"):
        predict("another", settings, tmp_path)


def test_plan_that_was_edited_is_refused(settings, tmp_path):
    planned(settings, tmp_path)
    (tmp_path / "plan").write_text("{}\n")
    with pytest.raises(SettingError, match="it lacks folder"):
        predict("another", settings, tmp_path)
