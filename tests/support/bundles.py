"""Small bundles whose models are plain dicts: nothing to import, nothing to fit."""

from __future__ import annotations

from datetime import timedelta

from milkprice.bundle import Bundle, Feature, Target, pack
from milkprice.polynomial import POLYNOMIAL, Polynomial
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


def toy_bundle(content: object = 1, *, minutes: int = 0, **facts: object) -> Bundle:
    """Pack a dict; equal content makes equal bundles but for the time."""
    created = NOON + timedelta(minutes=minutes)
    return pack({"content": content}, **{**FACTS, "created": created, **facts})  # type: ignore[arg-type]


def tiny_bundle(*, slope: float = 1.0, offset: float = 100.0, **facts: object) -> Bundle:
    """Pack a model that can be served: ``offset + slope * rain_mean``, and nothing of month."""
    polynomial = Polynomial(
        columns=(0,),
        width=2,
        center=(0.0,),
        scale=(1.0,),
        degree=1,
        coefficients=(0.0, slope),
        intercept=offset,
    )
    files = {POLYNOMIAL: polynomial.to_json()}
    return toy_bundle([slope, offset], extra_files=files, **facts)
