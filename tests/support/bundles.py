"""Small bundles whose models are plain dicts: nothing to import, nothing to fit."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from milkprice.forecasting.codec import FORECAST_FILE, encode_forecast
from milkprice.forecasting.document import Forecast, month_number, month_text
from milkprice.registry.bundle import Bundle, Feature, Target, pack, read_files, read_sidecar
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from tests.support.forecasts import ORIGIN, small_forecast
from tests.support.moments import NOON

FACTS = {
    "name": "milk",
    "target": Target(name="Precio_leche", unit="CLP/l"),
    "features": (
        Feature(name="rain_mean", unit="mm", minimum=0.0, maximum=310.5),
        Feature(name="month", unit="1", minimum=1, maximum=12),
    ),
    "feature_set": "notebook",
    "parameters": {"alpha": 0.1, "k": 3, "ranked": ["rain_mean", None, True]},
    "metrics": {"rmse": 12.5, "r2": {"train": 0.9, "test": 0.8}},
    "sources": {"precio_leche.csv": "ab" * 32},
    "created": NOON,
}


# No column of these is called month, as none of a real model is.
LAGGED = (
    Feature(name="rain_mean", unit="mm", minimum=0.0, maximum=310.5),
    Feature(name="Precio_leche_lag_1", unit="CLP/l", minimum=0.0, maximum=400.0),
)
REPORT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Report</title>
<style>h1 { color: rgb(1, 2, 3); }</style></head>
<body><h1>How the model was trained</h1><p id="drawn"></p>
<script>document.getElementById("drawn").textContent = "drawn by its script";</script>
</body></html>
"""


def toy_bundle(content: object = 1, *, minutes: int = 0, **facts: object) -> Bundle:
    """Pack a dict; equal content makes equal bundles but for the time."""
    created = NOON + timedelta(minutes=minutes)
    return pack({"content": content}, **{**FACTS, "created": created, **facts})  # type: ignore[arg-type]


def tiny_bundle(
    *,
    slope: float = 1.0,
    offset: float = 100.0,
    more_files: Mapping[str, bytes] | None = None,
    **facts: object,
) -> Bundle:
    """Pack a model that can be served: ``offset + slope * first column``, nothing of the second."""
    polynomial = Polynomial(
        columns=(0,),
        width=2,
        center=(0.0,),
        scale=(1.0,),
        degree=1,
        coefficients=(0.0, slope),
        intercept=offset,
    )
    files = {POLYNOMIAL: polynomial.to_json(), **(more_files or {})}
    return toy_bundle([slope, offset], extra_files=files, **facts)


@dataclass(frozen=True)
class Files:
    """Files in memory as the place of a bundle."""

    files: Mapping[str, bytes]
    where: str = "here"

    def size(self, file: str) -> int | None:
        return len(self.files[file]) if file in self.files else None

    def read(self, file: str, *, size: int) -> bytes:
        return self.files[file][:size]


def from_files(files: Mapping[str, bytes]) -> Bundle:
    """Take a bundle from files as it is taken from a folder or a registry."""
    return read_files(Files(files), read_sidecar(Files(files)))


def linear_polynomial(slopes: Sequence[float], *, offset: float = 100.0) -> Polynomial:
    """Return ``offset + slope * column`` over all columns."""
    return Polynomial(
        columns=tuple(range(len(slopes))),
        width=len(slopes),
        center=(0.0,) * len(slopes),
        scale=(1.0,) * len(slopes),
        degree=1,
        coefficients=(0.0, *slopes),
        intercept=offset,
    )


def whole_bundle(
    *, forecast: Forecast | None = None, polynomial: Polynomial | None = None, **facts: object
) -> Bundle:
    """Pack a tiny model with all that is published with one: forecast, features, report."""
    facts = {"features": LAGGED, **facts}
    names = [feature.name for feature in facts["features"]]  # type: ignore[attr-defined]
    files = {
        FORECAST_FILE: encode_forecast(forecast or small_forecast()),
        "features.csv": _features(names),
        "report.html": REPORT,
        **({} if polynomial is None else {POLYNOMIAL: polynomial.to_json()}),
    }
    return tiny_bundle(more_files=files, **facts)  # type: ignore[arg-type]


def _features(names: list[str], *, months: int = 15) -> bytes:
    """Write a table of features: one row a month, to the forecast's origin, its values rising."""
    first = month_number(ORIGIN) - months + 1
    lines = [["month", *names, "Precio_leche"]]
    for place in range(months):
        values = [str(10.5 * (place + 1) + column) for column in range(len(names))]
        lines.append([month_text(first + place), *values, str(250.0 + place)])
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(lines)
    return written.getvalue().encode()
