"""``milkprice run``: the whole job in one command."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import (
    AliasOption,
    AlphaOption,
    CacheOption,
    Clean,
    CleanOption,
    DegreeOption,
    Features,
    FeaturesOption,
    FoldsOption,
    ForceOption,
    ForecastersOption,
    GapOption,
    Gate,
    GateOption,
    HorizonsOption,
    JsonOption,
    KOption,
    MacroDelayOption,
    ModelFormat,
    ModelFormatOption,
    NameOption,
    OutOption,
    PriceDelayOption,
    RainfallDelayOption,
    RankingSeedOption,
    RegistryOption,
    SeedOption,
    SeriesOption,
    SigningKeyOption,
    SourceOption,
    Split,
    SplitOption,
    TestShareOption,
    WindowOption,
    chosen_forecast,
    chosen_training,
)
from milkprice.cli.output import emit, program, progress, stdout
from milkprice.cli.tables import (
    MONTHS_SHOWN,
    evaluation_payload,
    quarantine_payload,
    show_months,
    show_quarantine,
    show_scores,
    show_skill,
    show_verdict,
    show_warnings,
)
from milkprice.forecasting.settings import EVERYBODY, HORIZONS_DEFAULT
from milkprice.training.settings import (
    ALPHA_DEFAULT,
    DEGREE_DEFAULT,
    K_DEFAULT,
    NOTEBOOK_RANKING_SEED,
    NOTEBOOK_SPLIT_SEED,
)
from milkprice.workflow import RunSettings

if TYPE_CHECKING:
    from milkprice.workflow import Outcome


def run(
    context: typer.Context,
    source: SourceOption = "sample",
    series: SeriesOption = None,
    registry: RegistryOption = "registry",
    out: OutOption = Path("run"),
    name: NameOption = "milk-price",
    alias: AliasOption = "champion",
    clean: CleanOption = Clean.repaired,
    features: FeaturesOption = Features.lagged,
    split: SplitOption = Split.time,
    test_share: TestShareOption = 0.2,
    gap: GapOption = 1,
    k: KOption = K_DEFAULT,
    degree: DegreeOption = DEGREE_DEFAULT,
    alpha: AlphaOption = ALPHA_DEFAULT,
    folds: FoldsOption = 3,
    seed: SeedOption = NOTEBOOK_SPLIT_SEED,
    ranking_seed: RankingSeedOption = NOTEBOOK_RANKING_SEED,
    horizons: HorizonsOption = HORIZONS_DEFAULT,
    window: WindowOption = 0,
    price_delay: PriceDelayOption = 0,
    rainfall_delay: RainfallDelayOption = 1,
    macro_delay: MacroDelayOption = 2,
    forecasters: ForecastersOption = EVERYBODY,
    gate: GateOption = Gate.better,
    force: ForceOption = False,
    model_format: ModelFormatOption = ModelFormat.joblib,
    signing_key: SigningKeyOption = None,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read, clean, forecast, train, judge, tell of it, publish, promote when every check passes."""
    from milkprice.workflow import run as run_job

    settings = RunSettings(
        source=source,
        series=series,
        clean=clean.value,
        training=replace(chosen_training(context), form=model_format.value),
        forecast=chosen_forecast(context),
        registry=registry,
        alias=alias,
        gate=Gate.always.value if force else gate.value,
        cache=cache or runtime.cache_folder(),
        store=runtime.store_settings(),
        signing=runtime.signing_settings(signing_key),
    )
    with progress() as step:
        outcome = run_job(settings, now=runtime.now(), step=step)
        with step("writing tables"):
            report = write_outcome(outcome, out)
    emit(
        {**payload(outcome), "out": str(out)},
        as_json=as_json,
        show=lambda: _show(outcome, settings, report),
    )


def write_outcome(outcome: Outcome, folder: Path) -> Path:
    """Write the tables of a run; the path of the quarantine report."""
    from milkprice.data.cleaning import write_tables
    from milkprice.data.tables.monthly import write_months
    from milkprice.features.sets import write_features
    from milkprice.files import write_bytes
    from milkprice.validation.candidate import REPORT

    *_, report = write_tables(outcome.tables, folder, suffix=".csv")
    write_features(outcome.features, folder / "features.csv")
    write_months(outcome.evaluation.forecasts, folder / "forecasts.csv")
    write_bytes(outcome.report.encode(), folder / REPORT)
    return report


def payload(outcome: Outcome) -> dict[str, object]:
    """What the job did, for programs."""
    from milkprice.forecasting.codec import response_fields

    sidecar = outcome.bundle.sidecar
    return {
        "name": sidecar.name,
        "version": outcome.version,
        "model_sha256": sidecar.files[sidecar.model_file].sha256,
        "best": sidecar.parameters["best"],
        "promoted": outcome.verdict.promote,
        "reason": outcome.verdict.reason,
        "checks": [asdict(check) for check in outcome.verdict.checks],
        "faults": [asdict(fault) for fault in outcome.findings],
        "ahead": [response_fields(month) for month in outcome.forecast.future],
        "standings": [response_fields(one) for one in outcome.forecast.leaderboard],
        "quarantine": quarantine_payload(outcome.tables.quarantine),
        **evaluation_payload(outcome.evaluation),
    }


def _show(outcome: Outcome, settings: RunSettings, quarantine: Path) -> None:
    from milkprice.data.checks.finding import warnings

    show_quarantine(outcome.tables.quarantine, quarantine)
    show_scores(outcome.evaluation)
    show_skill(outcome.forecast)
    show_months(outcome.forecast, outcome.forecast.future[:MONTHS_SHOWN])
    stdout.print()
    show_warnings(warnings(outcome.findings))
    show_verdict(outcome.verdict, alias=settings.alias)
    sidecar = outcome.bundle.sidecar
    best = {key.split("__")[1]: value for key, value in sidecar.parameters["best"].items()}
    facts = {
        "model": f"{sidecar.name} {outcome.version}",
        "best of the search": ", ".join(f"{key} {value:g}" for key, value in best.items()),
        "bundle": f"{settings.registry}/models/{sidecar.name}/{outcome.version}",
        "report and tables": str(quarantine.parent),
        "look at it": f"{program()} models show {sidecar.name} --registry {settings.registry}",
        "months to come": f"{program()} forecast --registry {settings.registry}",
    }
    stdout.print()
    for fact, value in facts.items():
        stdout.print(f"{fact + ':':20}[bold]{escape(value)}[/]", soft_wrap=True, highlight=False)
