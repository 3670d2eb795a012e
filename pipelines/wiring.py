"""Groups of steps that several pipelines wire together.

A group takes ``inputs``: the pipeline's parameters and what earlier steps made, each under the name
by which components ask for it.
"""

from __future__ import annotations

from typing import Any

from kfp import dsl
from kfp.dsl import PipelineTask

from components.data import (
    build_features,
    check_source,
    clean_macro,
    clean_prices,
    clean_rainfall,
    identify,
    ingest,
)
from components.training import evaluate, forecast, split, train
from components.validation import deploy, drift, judge, promote, publish, report
from pipelines.tasks import Inputs, create_task, networked, signing, sized

TRAINING_MEMORY = "1Gi"


def clean_source(inputs: Inputs) -> dict[str, Any]:
    """Copy the raw files and clean them in parallel; the tables, and the hashes of the files."""
    secret = inputs["credentials"]
    identity = networked(create_task(identify, inputs), secret)
    as_of = identity.outputs["month"]
    copied = create_task(ingest, inputs, files=identity.outputs["files"], as_of=as_of)
    raw = networked(copied, secret, cached=True)
    prices = sized(clean_prices(raw=raw.outputs["prices"], as_of=as_of))
    rainfall = sized(clean_rainfall(raw=raw.outputs["rainfall"], as_of=as_of))
    macro = sized(create_task(clean_macro, inputs, raw=raw.outputs["macro"], as_of=as_of))
    return {
        "prices": prices.outputs["table"],
        "rainfall": rainfall.outputs["table"],
        "macro": macro.outputs["table"],
        "quarantine": macro.outputs["quarantine"],
        "sources": raw.outputs["sources"],
    }


def check_data(inputs: Inputs) -> PipelineTask:
    """Check the cleaned tables."""
    return networked(create_task(check_source, inputs), inputs["credentials"])


def build_table(inputs: Inputs) -> Any:
    """Build the feature table of cleaned tables."""
    return sized(create_task(build_features, inputs)).outputs["table"]


def forecast_months(inputs: Inputs, data_checks: PipelineTask) -> Any:
    """Forecast the next months after the checks of the tables."""
    task = create_task(forecast, inputs).after(data_checks)
    return sized(task, cpu="2", memory=TRAINING_MEMORY).outputs["forecast"]


def train_candidate(inputs: Inputs, data_checks: PipelineTask) -> PipelineTask:
    """Split the feature table, train and evaluate a candidate, after the checks of the tables."""
    parts = sized(create_task(split, inputs).after(data_checks))
    sources = inputs.get("sources", parts.outputs["sources"])
    model = create_task(train, inputs, rows=parts.outputs["train"], sources=sources)
    sized(model, cpu="2", memory=TRAINING_MEMORY)
    rows = parts.outputs["test"]
    return sized(create_task(evaluate, inputs, model=model.outputs["model"], rows=rows))


def publish_candidate(inputs: Inputs, data_checks: PipelineTask, evaluation: PipelineTask) -> None:
    """Validate a candidate, report on it, publish it; promote or deploy it if its verdict allows.

    The parameter ``deploy`` once was true or false: false still means no. That takes two
    conditions, since the compiler drops a part of one that has two.
    """
    secret = inputs["credentials"]
    inputs = {
        **inputs,
        **{name: evaluation.outputs[name] for name in ("candidate", "forecasts", "scores")},
        "findings": data_checks.outputs["findings"],
    }
    inputs["changes"] = networked(create_task(drift, inputs), secret).outputs["changes"]
    inputs["verdict"] = networked(create_task(judge, inputs), secret).outputs["verdict"]
    inputs["page"] = sized(create_task(report, inputs)).outputs["page"]
    inputs["version"] = signing(networked(create_task(publish, inputs), secret)).output
    promotion = signing(networked(create_task(promote, inputs), secret))
    with (
        dsl.If(inputs["deploy"] != "no", name="deploy-requested"),
        dsl.If(inputs["deploy"] != "false", name="deploy-not-false"),
    ):
        networked(create_task(deploy, inputs).after(promotion), secret)
