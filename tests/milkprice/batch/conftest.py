"""A folder with a registry, and options for a batch over it."""

import pytest

from milkprice.batch import BatchSettings
from tests.support.batches import publish_rows


@pytest.fixture
def batch(tmp_path):
    """Options of a batch over ``tmp_path/in``, with a model published."""
    publish_rows(tmp_path / "registry")

    def settings(**changes):
        defaults = {
            "input": str(tmp_path / "in"),
            "output": str(tmp_path / "out"),
            "registry": str(tmp_path / "registry"),
            "rows_per_shard": 200,
        }
        return BatchSettings(**{**defaults, **changes})

    return settings
