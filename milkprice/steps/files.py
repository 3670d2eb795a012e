"""What steps read and write, and the facts that are kept beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from milkprice.data.cleaning import CleanTables
from milkprice.data.tables import monthly
from milkprice.data.tables.monthly import read_frame, read_table
from milkprice.files import sha256, write_bytes

Facts = dict[str, Any]


def file_facts(path: Path) -> Facts:
    """Size and hash of a file."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": sha256(data)}


def table_facts(table: pd.DataFrame, path: Path) -> Facts:
    """Rows, columns, months, size and hash of a monthly table."""
    months = {"first": str(table.index.min()), "last": str(table.index.max())} if len(table) else {}
    return {"rows": len(table), "columns": len(table.columns), **months, **file_facts(path)}


def write_hashes(files: dict[str, str], hashes_path: str) -> dict[str, Facts]:
    """Facts of some files by name, and their hashes as a file.

    As a file and not as a parameter: in a loop, the local runner takes every parameter that
    comes from a task for the loop's own item.
    """
    facts = {name: file_facts(Path(path)) for name, path in files.items()}
    digests = {name: one["sha256"] for name, one in facts.items()}
    write_bytes(orjson.dumps(digests, option=orjson.OPT_SORT_KEYS), Path(hashes_path))
    return facts


def read_clean(prices: str, rainfall: str, macro: str, quarantine: str) -> CleanTables:
    """Read cleaned tables and the quarantine report back."""
    return CleanTables(
        read_table(Path(prices), monthly.PRICES),
        read_table(Path(rainfall), monthly.RAINFALL),
        read_table(Path(macro), monthly.MACRO),
        read_frame(Path(quarantine)),
    )


def markdown_table(frame: pd.DataFrame) -> str:
    """A frame as a Markdown table, numbers with two decimals."""
    rows = [list(map(str, frame.columns)), ["---"] * len(frame.columns)]
    rows += [[_cell(value) for value in row] for row in frame.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
