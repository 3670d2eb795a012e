"""What the row model goes by, and how it does on months it has not seen."""

from __future__ import annotations

import pandas as pd

from milkprice.report.charts.contributions import contributions_chart, largest
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, figure, folded, section, table
from milkprice.report.numbers import count, decimal, months, price, share
from milkprice.training.scores import Evaluation

_SCORES = ("MAE", "RMSE", "MAPE", "R2", "months")


def row_model(content: ReportContent) -> Html:
    """Bars of what features contribute, scores and forecasts of the held-out months."""
    intro = (
        "The row model answers for a row of features, one month at a time. The bars say by how "
        "many CLP per litre each feature moves its answer on average, the table how it does on the "
        "months that were held out."
    )
    return section(
        "row-model",
        "What the row model looks at",
        intro,
        *_contributions(content.contributions),
        _scores(content.evaluation),
        _forecasts(content.evaluation.forecasts),
    )


def _contributions(contributions: pd.Series) -> list[Html]:
    shown = largest(contributions)
    if shown.empty:
        return [element("p", "No feature contributes: the answer is a constant.", class_="note")]
    title = "Mean absolute contribution of features, CLP per litre"
    rows = ((str(name), decimal(value, 3)) for name, value in shown.items())
    return [
        figure(contributions_chart(contributions), title=title),
        element("p", _rest(contributions, len(shown)), class_="note"),
        folded(title, (Words("feature"), "contribution"), rows),
    ]


def _rest(contributions: pd.Series, shown: int) -> str:
    """What of the others becomes."""
    contributing = int((contributions > 0).sum())
    others = {"less": contributing - shown, "nothing": len(contributions) - contributing}
    said = (f" {count(number)} contribute {what}." for what, number in others.items() if number)
    return f"Shown are {count(shown)} of {count(len(contributions))} features.{''.join(said)}"


def _scores(evaluation: Evaluation) -> Html:
    rows = (
        (
            name,
            decimal(one["mae"]),
            decimal(one["rmse"]),
            share(one["mape"], 1),
            decimal(one["r2"]),
            decimal(one["months"], 0),
        )
        for name, one in evaluation.metrics().items()
    )
    held_out = months(len(evaluation.forecasts))
    caption = f"Scores on {held_out} held out, MAE and RMSE in CLP per litre"
    return table(caption, (Words("forecaster"), *_SCORES), rows)


def _forecasts(forecasts: pd.DataFrame) -> Html:
    head = (Words("month"), *map(str, forecasts.columns))
    rows = (
        (str(month), *(price(value) for value in row))
        for month, row in zip(forecasts.index, forecasts.to_numpy(dtype=float), strict=True)
    )
    return folded("Forecasts of the held-out months, CLP per litre", head, rows)
