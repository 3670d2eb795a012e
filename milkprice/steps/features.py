"""Monthly tables to a feature table."""

from __future__ import annotations

from pathlib import Path

from milkprice.features import sets
from milkprice.features.table import write_features
from milkprice.steps.facts import Facts, table_facts
from milkprice.tables import definition
from milkprice.tables.files import read_table


def build_features(
    prices_path: str, rainfall_path: str, macro_path: str, table_path: str, *, features: str
) -> Facts:
    """Build the table of a feature set; its facts."""
    table = sets.build_features(
        read_table(Path(prices_path), definition.PRICES),
        read_table(Path(rainfall_path), definition.RAINFALL),
        read_table(Path(macro_path), definition.MACRO),
        features=features,
    )
    write_features(table, Path(table_path))
    return table_facts(table, Path(table_path))
