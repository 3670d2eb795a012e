"""The parts of the work, as each pipeline puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kfp import dsl
from kfp.dsl import PipelineTask

from components.build_features import build_features
from components.check_source import check_source
from components.clean_macro import clean_macro
from components.clean_prices import clean_prices
from components.clean_rainfall import clean_rainfall
from components.deploy import deploy
from components.drift import drift
from components.evaluate import evaluate
from components.forecast import forecast
from components.identify import identify
from components.ingest import ingest
from components.judge import judge
from components.promote import promote
from components.publish import publish
from components.report import report
from components.split import split
from components.train import train
from pipelines.tasks import networked, signing, sized

TRAINING_MEMORY = "1Gi"


@dataclass(frozen=True)
class Cleaned:
    """The cleaned tables, every cell touched, and the hashes of the files they came from."""

    prices: Any
    rainfall: Any
    macro: Any
    quarantine: Any
    sources: Any


def cleaned(*, source: Any, clean: Any, secret: Any) -> Cleaned:
    """Bring the raw files and clean them side by side."""
    held = networked(identify(source=source), secret)
    raw = networked(ingest(source=source, files=held.outputs["files"]), secret, cached=True)
    as_of = held.outputs["month"]
    prices = sized(clean_prices(raw=raw.outputs["prices"], as_of=as_of))
    rainfall = sized(clean_rainfall(raw=raw.outputs["rainfall"], as_of=as_of))
    macro = sized(clean_macro(raw=raw.outputs["macro"], as_of=as_of, clean=clean))
    return Cleaned(
        prices=prices.outputs["table"],
        rainfall=rainfall.outputs["table"],
        macro=macro.outputs["table"],
        quarantine=macro.outputs["quarantine"],
        sources=raw.outputs["sources"],
    )


def checked(tables: Cleaned, *, secret: Any, **options: Any) -> PipelineTask:
    """Check the data of a source, by the options of ``components.check_source``."""
    task = check_source(
        prices=tables.prices,
        rainfall=tables.rainfall,
        macro=tables.macro,
        quarantine=tables.quarantine,
        **options,
    )
    return networked(task, secret)


def featured(tables: Cleaned, *, features: Any) -> Any:
    """Build the feature table of cleaned tables."""
    task = build_features(
        prices=tables.prices, rainfall=tables.rainfall, macro=tables.macro, features=features
    )
    return sized(task).outputs["table"]


def forecasted(tables: Cleaned, data_checks: PipelineTask, **options: Any) -> Any:
    """Forecast the months to come, by the options of ``components.forecast``, once that is let."""
    task = forecast(prices=tables.prices, rainfall=tables.rainfall, macro=tables.macro, **options)
    return sized(task.after(data_checks), cpu="2", memory=TRAINING_MEMORY).outputs["forecast"]


def trained(
    table: Any,
    tables: Cleaned,
    data_checks: PipelineTask,
    forecast: Any,
    *,
    name: Any,
    **options: Any,
) -> PipelineTask:
    """Hold months out, search, score and complete a candidate.

    Args:
        table: Feature table.
        tables: The cleaned tables it was built from.
        data_checks: The step that checked these.
        forecast: The months to come.
        name: Name of the model.
        options: The other options of training, as ``components.train`` takes them.
    """
    cut = {key: options[key] for key in ("split", "test_share", "gap", "seed")}
    parts = sized(split(table=table, **cut).after(data_checks))
    fitted = train(
        rows=parts.outputs["train"],
        sources=parts.outputs["sources"] if tables.sources is None else tables.sources,
        name=name,
        **options,
    )
    sized(fitted, cpu="2", memory=TRAINING_MEMORY)
    scored = evaluate(
        model=fitted.outputs["model"],
        rows=parts.outputs["test"],
        prices=tables.prices,
        table=table,
        forecast=forecast,
    )
    return sized(scored)


def published(
    scored: PipelineTask,
    tables: Cleaned,
    data_checks: PipelineTask,
    *,
    name: Any,
    registry: Any,
    alias: Any,
    gate: Any,
    secret: Any,
) -> PipelineTask:
    """Hold a candidate against the champion, tell of it, publish it, promote it when let.

    Args:
        scored: The step that scored it.
        tables: The cleaned tables it was made of.
        data_checks: The step that checked these.
        name: Name of the model.
        registry: Where it is published.
        alias: What it is promoted to.
        gate: When.
        secret: Name of the Secret with the store's credentials.
    """
    candidate = scored.outputs["candidate"]
    held_out = {key: scored.outputs[key] for key in ("forecasts", "scores")}
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
            **held_out,
        ),
        secret,
    ).outputs["verdict"]
    page = report(
        candidate=candidate,
        quarantine=tables.quarantine,
        moved=moved,
        verdict=verdict,
        **held_out,
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


def deployed(
    promoted: PipelineTask,
    *,
    when: Any,
    name: Any,
    alias: Any,
    registry: Any,
    namespace: Any,
    service: Any,
    secret: Any,
) -> None:
    """Have the predictor serve what the alias points at once the gate has spoken.

    Args:
        promoted: The step that lets the gate speak.
        when: Whether to do so at all.
        name: Name of the model.
        alias: What the predictor follows.
        registry: Where it is published.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
        secret: Name of the Secret with the store's credentials.
    """
    with dsl.If(when == True, name="deploy-wanted"):  # noqa: E712 - the condition is compiled
        task = deploy(
            name=name, alias=alias, registry=registry, namespace=namespace, service=service
        )
        networked(task.after(promoted), secret)
