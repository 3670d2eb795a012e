"""Shards: their names, their text, the counts of completed ones."""

import pytest

from milkprice.batch import Results, Shard, parse_shard
from milkprice.batch.errors import BatchFileError
from milkprice.batch.shards import RowRange
from milkprice.errors import SettingError
from milkprice.registry.store import open_store

SHARD = Shard(
    folder="s3://bucket/rows",
    key="year=2020/a b.parquet",
    size=1234,
    stamp="etag-1",
    rows=RowRange(first_row=200, start=2, stop=4),
    model="milk-price",
    version="20260102T120000Z-0123456789ab",
    keep=("region", "month"),
)


def test_name_is_that_of_results_written_before():
    """A changed name predicts everything again that users have: only with another layout."""
    assert SHARD.name == "a-b-7fe929751a9a-0000000200-06ee2645b46d"


def test_parse_shard_restores_what_to_text_wrote():
    assert parse_shard(SHARD.to_text()) == SHARD
    assert "\n" not in SHARD.to_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            '"size":1234', '"size":-1', "holds -1 as size; expected a whole", id="negative"
        ),
        pytest.param('"start":2', '"start":true', "holds True as run.start", id="boolean"),
        pytest.param('"month"]', "7]", r"holds 7 as keep\[1\]; expected text", id="number"),
        pytest.param('"run"', '"other"', "lacks run", id="missing"),
        pytest.param("{", "", "is no JSON", id="no JSON"),
    ],
)
def test_parse_shard_of_another_text_names_the_field(old, new, words):
    with pytest.raises(SettingError, match=words):
        parse_shard(SHARD.to_text().replace(old, new, 1))


def test_counts_that_are_corrupt_are_reported_with_their_file(batch):
    settings = batch()
    store = open_store(settings.output, settings.store)
    store.put(f"{SHARD.version}/shards/{SHARD.name}.json", b'{"shard": 1}')
    results = Results.open(settings.output, SHARD.version, settings.store)
    with pytest.raises(BatchFileError, match=rf"{SHARD.name}\.json cannot be read: it holds 1 as"):
        results.counts(SHARD)
