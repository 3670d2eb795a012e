"""Write ``examples/*.json``: two months of the sample, in the words of every protocol.

    python -m scripts.example_bodies [examples]

They fit any model of the feature set ``lagged``, the default one. The two months are among those
that the default training on the sample learns from, so that no value is out of its range.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from milkprice.data.sources import SAMPLE, read_source
from milkprice.data.tables import current_month
from milkprice.features import TARGET, build_features
from milkprice.registry.settings import StoreSettings
from milkprice.stages import clean_source

FOLDER = Path(__file__).resolve().parent.parent / "examples"
MODEL = "milk-price"
FEATURES = "lagged"
MONTHS = ("2015-12", "2017-06")
AHEAD, PAST = "2021-03", "2020-05"  # the sample's prices end in 2021-02
AS_OF = datetime(2026, 1, 1, tzinfo=timezone.utc)  # after every month of the sample
DIGITS = 6

Row = dict[str, float]


def sample_rows() -> list[Row]:
    """Features of the two months, by name, in the model's order."""
    with tempfile.TemporaryDirectory() as cache:
        raw = read_source(SAMPLE, cache=Path(cache), settings=StoreSettings())
    tables = clean_source(raw.files, clean="repaired", as_of=current_month(AS_OF))
    table = build_features(tables.prices, tables.rainfall, tables.macro, features=FEATURES)
    table.index = table.index.astype(str)
    chosen = table.drop(columns=TARGET).loc[list(MONTHS)]
    return [
        {str(name): float(f"{value:.{DIGITS}g}") for name, value in row.items()}
        for row in chosen.to_dict("records")
    ]


def bodies(rows: list[Row]) -> dict[str, Any]:
    """A request of each kind, by the name of its file."""
    columns = list(rows[0])
    matrix = [[row[column] for column in columns] for row in rows]
    shape, flat = [len(rows), len(columns)], [value for row in matrix for value in row]
    return {
        "v1.json": {"instances": rows},
        "v1-rows.json": {"instances": matrix},
        "v1-horizon.json": {"horizon": 6},
        "v1-months.json": {"instances": [{"month": AHEAD}, {"month": PAST, "horizon": 3}]},
        "v2.json": {"inputs": [{"name": "rows", "shape": shape, "datatype": "FP64", "data": flat}]},
        "v2-columns.json": {
            "parameters": {"content_type": "pd"},
            "inputs": [
                {
                    "name": column,
                    "shape": [len(rows)],
                    "datatype": "FP64",
                    "data": [row[column] for row in rows],
                }
                for column in columns
            ],
        },
        "predict.json": rows[0],
        "predict-query.json": {"query": rows, "model": MODEL},
        "grpc.json": {
            "model_name": MODEL,
            "inputs": [
                {
                    "name": "rows",
                    "datatype": "FP64",
                    "shape": shape,
                    "contents": {"fp64_contents": flat},
                }
            ],
        },
    }


def written(document: Any) -> str:
    """JSON as people read it: indented, but a list of numbers on one line."""
    text = json.dumps(document, indent=2)
    return re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", _on_one_line, text) + "\n"


def main(folder: Path) -> None:
    """Write all of them."""
    for name, body in bodies(sample_rows()).items():
        (folder / name).write_text(written(body), "utf-8")


def _on_one_line(match: re.Match[str]) -> str:
    return f"[{' '.join(match[1].split())}]"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
