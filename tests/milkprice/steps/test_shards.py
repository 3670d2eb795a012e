"""The steps of a batch, one after the other as a pipeline runs them."""

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import orjson
import pandas as pd
import pytest

from milkprice.batch import BatchSettings
from milkprice.batch.errors import BatchUnfinishedError
from milkprice.data.errors import SeriesFailedError
from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import price_key
from milkprice.errors import SettingError
from milkprice.registry.bundle import SigningKey
from milkprice.registry.errors import AliasUnsignedError, BundleUnsignedError, StoreDeniedError
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.steps import shards
from milkprice.steps.shards import (
    MAX_SHARDS,
    check_series,
    collect_series,
    divide_series,
    train_series,
)
from tests.support.batches import predictions, publish_rows, table, write_parquet
from tests.support.loopback import on_loopback
from tests.support.registries import open_registry

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
    return shards.plan_shards(str(tmp_path / "plan"), settings=settings)


def predict(name, settings, tmp_path, *, keys=None):
    return shards.predict_shard(
        name, str(tmp_path / "plan"), output=settings.output, registry=settings.registry,
        settings=NOWHERE, keys=keys,
    )  # fmt: skip


def collect(done, settings, tmp_path):
    return shards.collect_shards(
        str(tmp_path / "plan"), done, str(tmp_path / "summary"), output=settings.output,
        settings=NOWHERE,
    )  # fmt: skip


def test_shards_one_by_one_are_the_whole(settings, tmp_path):
    names = planned(settings, tmp_path)
    assert len(names) == 4
    assert {predict(name, settings, tmp_path) for name in reversed(names)} == {"done"}
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


def test_model_that_the_key_did_not_sign_is_neither_planned_for_nor_predicted_with(
    settings, tmp_path
):
    key = SigningKey.generate()
    with pytest.raises(AliasUnsignedError):
        planned(replace(settings, keys=key.verifying), tmp_path)
    (name, *_) = planned(settings, tmp_path)
    with pytest.raises(BundleUnsignedError):
        predict(name, settings, tmp_path, keys=key.verifying)
    open_registry(settings.registry).sign_aliases(settings.model, key, at=NOW)
    verified = replace(settings, keys=key.verifying)
    assert planned(verified, tmp_path)[0] == name
    assert predict(name, settings, tmp_path, keys=key.verifying) == "done"


NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder with one series beside the shared files of the sample."""
    folder = tmp_path_factory.mktemp("source")
    files = generate().files
    for name in (names.RAINFALL_FILE, names.MACRO_FILE):
        (folder / name).write_bytes(files[name])
    (folder / "series" / "south").mkdir(parents=True)
    (folder / price_key("south")).write_bytes(generate_prices(seed=3))
    return folder


def train(source, tmp_path, *series, **changes):
    options = {
        "source": str(source), "model": "milk-price", "features": "lagged",
        "forecasters": "seasonal drift, 3 years", "registry": str(tmp_path / "registry"),
        "alias": "champion", "gate": "better", "store": StoreSettings(), **changes,
    }  # fmt: skip
    train_series(
        orjson.dumps(series or ["south"]).decode(), str(tmp_path / "rows"), str(tmp_path / "page"),
        **options, cache=tmp_path, keys=None, signing=SigningSettings(), now=NOW,
    )  # fmt: skip
    return orjson.loads((tmp_path / "rows").read_bytes())


@pytest.mark.slow
def test_series_becomes_a_model_of_its_own_name_and_tells_of_it(source, tmp_path):
    (said,) = train(source, tmp_path)
    champion = open_registry(tmp_path / "registry").describe("milk-price-south")
    assert (said["model"], said["version"]) == ("milk-price-south", champion.version)
    assert said["promoted"] == "yes"
    assert float(said["next month"]) > 0
    assert Path(tmp_path / "page").read_text().startswith("<!doctype html>")


@pytest.mark.slow
def test_series_of_a_table_becomes_a_model_by_its_name_as_people_have_it(tmp_path):
    months = pd.period_range("2012-01", periods=120, freq="M").astype(str)
    prices = [5 + 0.01 * place + (place % 12) / 10 + (place % 7) / 50 for place in range(120)]
    frame = pd.DataFrame({"series": "Los_R\u00edos", "when": months, "paid": prices})
    frame.to_csv(tmp_path / "t.csv", index=False)
    (row,) = train(tmp_path / "t.csv", tmp_path, "Los_R\u00edos", month="when", price="paid")
    assert row["model"] == "milk-price-los-rios"
    assert open_registry(tmp_path / "registry").names() == ["milk-price-los-rios"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"series": ["north"]}, "series/north/precio_leche.csv", id="file"),
        pytest.param({"model": "Milk <b>"}, "lower-case letters", id="name"),
    ],
)
def test_series_with_an_error_of_ours_is_a_row_and_leaves_no_registry(
    source, tmp_path, changes, reason
):
    (said,) = train(source, tmp_path, *changes.pop("series", ()), **changes)
    assert (said["version"], said["promoted"]) == ("", "failed")
    assert reason in said["reason"]
    page = (tmp_path / "page").read_text()
    assert page.startswith("<!doctype html>")
    assert "<b>" not in page
    assert not (tmp_path / "registry").exists()


@pytest.mark.slow
def test_series_of_a_shard_are_rows_and_one_table(source, tmp_path):
    rows = train(source, tmp_path, "south", "<north>")
    assert [row["promoted"] for row in rows] == ["yes", "failed"]
    page = (tmp_path / "page").read_text()
    assert "<td>milk-price-south<td>" in page
    assert "series/&lt;north&gt;" in page


@pytest.mark.parametrize(
    ("count", "per_pod", "sizes"),
    [(3, 0, [1, 1, 1]), (4, 0, [1] * 4), (5, 0, [2, 2, 1]), (9, 0, [3, 3, 3]), (5, 3, [3, 2]),
     (5, 9, [5])],
)  # fmt: skip
def test_divided_series_fill_the_pods_that_run_at_once(count, per_pod, sizes):
    series = [f"Los_R\u00edos {number}" for number in range(count)]
    shards = list(map(orjson.loads, divide_series(series, per_pod=per_pod, pods=4)))
    assert [len(shard) for shard in shards] == sizes
    assert [name for shard in shards for name in shard] == series


def test_less_than_no_series_in_a_pod_are_refused():
    with pytest.raises(SettingError, match="series per pod is -1; expected 0 or more"):
        divide_series(["a"], per_pod=-1, pods=4)


class Denying:
    def answer(self, request):  # noqa: ARG002
        return 403, ""


def test_series_that_the_store_does_not_give_fails_its_step_to_be_tried_again(tmp_path):
    with on_loopback(Denying()) as api:
        store = StoreSettings(endpoint=f"http://127.0.0.1:{api.port}", access_key_id="a",
                              secret_access_key="b")  # fmt: skip
        with pytest.raises(StoreDeniedError):
            train("s3://prices", tmp_path, store=store)


@pytest.mark.parametrize("per_pod", [0, 2, 5])
def test_more_series_are_divided_into_as_many_shards_as_can_be_collected(per_pod):
    assert len(divide_series(["a"] * 200, per_pod=per_pod, pods=50)) <= MAX_SHARDS


def test_more_shards_than_can_be_collected_are_refused_with_how_many_series_it_takes():
    with pytest.raises(SettingError, match="0, or 3 or more: 201 series in at most 100 pods"):
        divide_series(["a"] * 201, per_pod=2, pods=50)


def test_checked_series_are_named_with_their_reasons(tmp_path):
    failures = tmp_path / "failures"
    failures.write_text("[]")
    check_series(str(failures))
    failures.write_bytes(orjson.dumps([f"{number}: why." for number in range(7)]))
    with pytest.raises(SeriesFailedError, match=r"7 series failed.*0: why\..*4: why\. And 2 more"):
        check_series(str(failures))


def test_collected_series_are_a_row_each_and_counted(tmp_path):
    rows = [
        {"model": "a", "version": "1", "promoted": "yes", "next month": "2", "MAE": "3",
         "reason": "because"},
        {"model": "b", "version": "1", "promoted": "no", "next month": "2", "MAE": "3",
         "reason": "why not"},
        {"model": "c", "version": "", "promoted": "failed", "next month": "", "MAE": "",
         "reason": "a|b is no price."},
    ]  # fmt: skip
    files = tmp_path / "first", tmp_path / "second"
    for file, some in zip(files, (rows[1:], rows[:1]), strict=True):
        file.write_bytes(orjson.dumps(some))
    places = str(tmp_path / "text"), str(tmp_path / "failures")
    assert collect_series(files, *places) == {"series": 3, "promoted": 1, "failed": 1}
    assert orjson.loads((tmp_path / "failures").read_bytes()) == ["c: a|b is no price."]
    lines = (tmp_path / "text").read_text().splitlines()
    assert lines[0] == "# 3 series"
    assert lines[-2] == "| b | 1 | no | 2 | 3 | why not |"
    assert lines[-1] == r"| c |  | failed |  |  | a\|b is no price. |"
