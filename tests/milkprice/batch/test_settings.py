"""Options of a batch."""

import pytest

from milkprice.errors import SettingError


@pytest.mark.parametrize("output", ["in", "in/out", "in/../in/x"])
def test_output_in_the_input_folder_is_refused(batch, tmp_path, output):
    with pytest.raises(SettingError, match="a place that is not in the input"):
        batch(output=f"{tmp_path}/{output}")


@pytest.mark.parametrize("output", ["s3://bucket/in/", "s3://bucket/in/out"])
def test_output_in_the_input_prefix_is_refused(batch, output):
    with pytest.raises(SettingError, match="not in the input, s3://bucket/in"):
        batch(input="s3://bucket/in", output=output)


def test_output_beside_the_input_is_accepted(batch):
    assert batch(input="s3://bucket/in", output="s3://bucket/in-out")


@pytest.mark.parametrize(
    "changes",
    [{"keep": ("Row",)}, {"keep": ("a", "A")}, {"rows_per_shard": 0}],
    ids=["a column of the results", "twice", "no rows"],
)
def test_invalid_option_is_refused(batch, changes):
    with pytest.raises(SettingError):
        batch(**changes)
