"""Groups of steps that several pipelines wire together."""

from __future__ import annotations

from dataclasses import dataclass
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
from pipelines.tasks import networked, signing, sized

TRAINING_MEMORY = "1Gi"


@dataclass(frozen=True)
class Tables:
    """The cleaned tables, the quarantine report, and the hashes of the raw files."""

    prices: Any
    rainfall: Any
    macro: Any
    quarantine: Any
    sources: Any


def clean_source(*, source: Any, clean: Any, secret: Any) -> Tables:
    """Copy the raw files and clean them in parallel."""
    identity = networked(identify(source=source), secret)
    raw = networked(ingest(source=source, files=identity.outputs["files"]), secret, cached=True)
    as_of = identity.outputs["month"]
    prices = sized(clean_prices(raw=raw.outputs["prices"], as_of=as_of))
    rainfall = sized(clean_rainfall(raw=raw.outputs["rainfall"], as_of=as_of))
    macro = sized(clean_macro(raw=raw.outputs["macro"], as_of=as_of, clean=clean))
    return Tables(
        prices=prices.outputs["table"],
        rainfall=rainfall.outputs["table"],
        macro=macro.outputs["table"],
        quarantine=macro.outputs["quarantine"],
        sources=raw.outputs["sources"],
    )


def check_data(tables: Tables, *, secret: Any, **options: Any) -> PipelineTask:
    """Check the tables; ``options`` are those of ``components.check_source``."""
    task = check_source(
        prices=tables.prices,
        rainfall=tables.rainfall,
        macro=tables.macro,
        quarantine=tables.quarantine,
        **options,
    )
    return networked(task, secret)


def build_table(tables: Tables, *, features: Any) -> Any:
    """Build the feature table of cleaned tables."""
    task = build_features(
        prices=tables.prices, rainfall=tables.rainfall, macro=tables.macro, features=features
    )
    return sized(task).outputs["table"]


def forecast_months(tables: Tables, data_checks: PipelineTask, **options: Any) -> Any:
    """Forecast the next months after the checks; ``options`` are ``components.forecast``'s."""
    task = forecast(prices=tables.prices, rainfall=tables.rainfall, macro=tables.macro, **options)
    return sized(task.after(data_checks), cpu="2", memory=TRAINING_MEMORY).outputs["forecast"]


def train_candidate(
    table: Any,
    tables: Tables,
    data_checks: PipelineTask,
    forecast: Any,
    *,
    name: Any,
    **options: Any,
) -> PipelineTask:
    """Split, train and evaluate a candidate.

    Args:
        table: Feature table.
        tables: The cleaned tables it was built from.
        data_checks: The step that checked these.
        forecast: The forecast document.
        name: Name of the model.
        options: The other options of ``components.train``.
    """
    split_options = {key: options[key] for key in ("split", "test_share", "gap", "seed")}
    parts = sized(split(table=table, **split_options).after(data_checks))
    model = train(
        rows=parts.outputs["train"],
        sources=parts.outputs["sources"] if tables.sources is None else tables.sources,
        name=name,
        **options,
    )
    sized(model, cpu="2", memory=TRAINING_MEMORY)
    evaluation = evaluate(
        model=model.outputs["model"],
        rows=parts.outputs["test"],
        prices=tables.prices,
        table=table,
        forecast=forecast,
    )
    return sized(evaluation)


def publish_candidate(
    evaluation: PipelineTask,
    tables: Tables,
    data_checks: PipelineTask,
    *,
    name: Any,
    registry: Any,
    alias: Any,
    gate: Any,
    secret: Any,
) -> PipelineTask:
    """Validate a candidate, report on it, publish it, promote it if its verdict allows.

    Args:
        evaluation: The step that evaluation it.
        tables: The cleaned tables it was trained on.
        data_checks: The step that checked these.
        name: Name of the model.
        registry: Where it is published.
        alias: The alias it is promoted to.
        gate: When it is promoted.
        secret: Name of the Secret with the store's credentials.
    """
    candidate = evaluation.outputs["candidate"]
    scores = {key: evaluation.outputs[key] for key in ("forecasts", "scores")}
    moved = networked(
        drift(candidate=candidate, name=name, alias=alias, registry=registry), secret
    ).outputs["found"]
    verdict = networked(
        judge(
            candidate=candidate,
            moved=moved,
            findings=data_checks.outputs["findings"],
            prices=tables.prices,
            rainfall=tables.rainfall,
            macro=tables.macro,
            quarantine=tables.quarantine,
            alias=alias,
            gate=gate,
            registry=registry,
            **scores,
        ),
        secret,
    ).outputs["verdict"]
    page = report(
        candidate=candidate,
        quarantine=tables.quarantine,
        moved=moved,
        verdict=verdict,
        **scores,
    )
    version = publish(
        candidate=candidate,
        moved=moved,
        verdict=verdict,
        page=sized(page).outputs["page"],
        alias=alias,
        registry=registry,
    )
    task = promote(
        name=name,
        version=signing(networked(version, secret)).output,
        alias=alias,
        registry=registry,
    )
    return networked(task, secret)


def deploy_version(
    promotion: PipelineTask,
    *,
    when: Any,
    name: Any,
    alias: Any,
    registry: Any,
    namespace: Any,
    service: Any,
    secret: Any,
) -> None:
    """Point the predictor at the alias after the promotion.

    Args:
        promotion: The step that moves the alias.
        when: Whether to do so at all.
        name: Name of the model.
        alias: The alias that the predictor follows.
        registry: Where it is published.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
        secret: Name of the Secret with the store's credentials.
    """
    with dsl.If(when == True, name="deploy-wanted"):  # noqa: E712 - the condition is compiled
        task = deploy(
            name=name, alias=alias, registry=registry, namespace=namespace, service=service
        )
        networked(task.after(promotion), secret)
