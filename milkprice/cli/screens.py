"""How results look on screen: the quarantine, the scores, the forecasts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from milkprice.cli.output import print_table, screen

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.bundle import Sidecar
    from milkprice.evaluation import Evaluation

MONTHS_SHOWN = 12
REFUSED_SHOWN = 40


def show_quarantine(report: pd.DataFrame, path: Path) -> None:
    """How many cells were refused or repaired, and where each of them is listed."""
    from milkprice.cleaning.quarantine import summary

    counts = summary(report)
    print_table("Cells refused or repaired", tuple(counts.columns), counts.to_numpy().tolist())
    screen.print(f"Each of them: [bold]{escape(str(path))}[/]\n", soft_wrap=True)


def show_refused(report: pd.DataFrame) -> None:
    """The refused cells one by one."""
    from milkprice.cleaning.quarantine import refused

    columns = ["row", "column", "raw", "reason"]
    for file, cells in refused(report).groupby("file"):
        rows = cells[columns].head(REFUSED_SHOWN).to_numpy().tolist()
        title = f"Refused in {file}: {len(cells)}"
        print_table(title, columns, rows, shorten=["column"])


def show_evaluation(evaluation: Evaluation) -> None:
    """Scores of the row model beside the baselines, and the newest held-out months."""
    show_scores(evaluation)
    newest = evaluation.forecasts.tail(MONTHS_SHOWN)
    rows = [
        (str(month), *values)
        for month, values in zip(newest.index, newest.to_numpy().tolist(), strict=True)
    ]
    print_table("Forecasts of held-out months, CLP per litre", ("month", *newest.columns), rows)


def show_scores(evaluation: Evaluation) -> None:
    """Scores of the row model beside the baselines."""
    scores = [
        (name, one.mae, one.rmse, 100 * one.mape, one.r2, one.months)
        for name, one in evaluation.scores.items()
    ]
    columns = ("forecaster", "MAE", "RMSE", "MAPE %", "R2", "months")
    print_table("Row model on held-out months, errors in CLP per litre", columns, scores)


def show_sidecar(sidecar: Sidecar) -> None:
    """A model's sidecar: what it is, what it learnt from, how well it does, what it expects."""
    facts = {
        "name": sidecar.name,
        "version": sidecar.version,
        "created": sidecar.created,
        "feature set": sidecar.feature_set,
        "features": str(len(sidecar.features)),
        **{f"best {key}": value for key, value in sidecar.parameters.get("best", {}).items()},
        **{f"source {name}": digest for name, digest in sidecar.sources.items()},
        **{f"library {name}": version for name, version in sidecar.libraries.items()},
    }
    print_table("Model", ("fact", "value"), [(key, str(value)) for key, value in facts.items()])
    columns = ("mae", "rmse", "mape", "r2", "mase", "months")
    rows = [
        (name, *(one.get(column) for column in columns)) for name, one in sidecar.metrics.items()
    ]
    print_table("Errors, CLP per litre", ("forecaster", *columns), rows)
    schema = [(one.name, one.unit, one.minimum, one.maximum) for one in sidecar.features]
    print_table("Features", ("feature", "unit", "least", "most"), schema)


def quarantine_payload(report: pd.DataFrame) -> list[dict[str, object]]:
    """The report's counts, for programs."""
    from milkprice.cleaning.quarantine import summary

    counts = summary(report).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in counts]


def evaluation_payload(evaluation: Evaluation) -> dict[str, object]:
    """Scores and forecasts, for programs."""
    forecasts = evaluation.forecasts.reset_index()
    forecasts["month"] = forecasts["month"].astype(str)
    return {"metrics": evaluation.metrics(), "forecasts": forecasts.to_dict("records")}
