"""Report: what one trained model is and how it did, as a single page that needs no network."""

from __future__ import annotations

from html import escape

import pandas as pd

from milkprice.bundle import Sidecar
from milkprice.evaluation import Evaluation

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  padding: .3rem .9rem .3rem 0; text-align: right; }}
th:first-child, td:first-child {{ text-align: left; }}
</style>
</head>
<body>
<h1>{title}</h1>
{sections}
</body>
</html>
"""


def report(sidecar: Sidecar, evaluation: Evaluation) -> str:
    """The page of a model: scores beside the baselines, forecasts by month, origin.

    Args:
        sidecar: What the model is.
        evaluation: How it did on the months held out.

    Returns:
        HTML without scripts or references, so that it shows in a sandboxed frame.
    """
    scores = pd.DataFrame.from_dict(evaluation.metrics(), orient="index")
    scores = scores.rename_axis("forecaster")
    forecasts = evaluation.forecasts.rename(index=str)
    sections = [
        _section("Scores on held-out months", "CLP per litre; mape and r2 are shares", scores),
        _section("Forecasts", "CLP per litre", forecasts),
        _section(
            "Where it comes from",
            "SHA-256 of the raw files, and what the search chose",
            _origin(sidecar),
        ),
    ]
    title = escape(f"{sidecar.name}, trained {sidecar.created}")
    return _PAGE.format(title=title, sections="\n".join(sections))


def _origin(sidecar: Sidecar) -> pd.DataFrame:
    facts = {**sidecar.sources, **{name: str(value) for name, value in sidecar.parameters.items()}}
    return pd.DataFrame({"value": facts}).rename_axis("what")


def _section(title: str, unit: str, table: pd.DataFrame) -> str:
    rows = table.reset_index().to_html(
        index=False,
        border=0,
        float_format=lambda value: f"{value:,.2f}",
        na_rep="",
        justify="unset",
    )
    return (
        f'<section><h2>{escape(title)}</h2><p>{escape(unit)}</p><div class="wide">{rows}</div>'
        "</section>"
    )
