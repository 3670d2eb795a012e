"""``milkprice run``, the whole job in one command; ``train`` and ``evaluate``, a part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options, tables
from milkprice.cli.cluster import connect, show_result
from milkprice.cli.output import emit, print_labels, program, progress, stderr, stdout
from milkprice.files import sha256
from milkprice.forecasting.settings import ALL_FORECASTERS, HORIZONS_DEFAULT
from milkprice.training import settings as defaults

if TYPE_CHECKING:
    from milkprice.cluster import DeployResult
    from milkprice.workflow import Outcome, RunSettings, Step


Table = Annotated[Path, typer.Option(help="Feature table.")]
Prices = Annotated[Path, typer.Option(help="Cleaned prices, for the baselines.")]
BundleFolder = Annotated[Path, typer.Option(help="Folder of the bundle.")]


def run(
    context: typer.Context,
    source: options.Source = "sample",
    series: options.Series = None,
    month: options.Month = None,
    price: options.Price = None,
    registry: options.RegistryUri = "registry",
    single_writer: options.SingleWriter = False,
    out: options.Out = Path("run"),
    name: options.Name = "milk-price",
    alias: options.Alias = "champion",
    clean: options.Clean = "repaired",
    features: options.Features = "lagged",
    split: options.Split = "time",
    test_share: options.TestShare = 0.2,
    gap: options.Gap = 1,
    k: options.K = defaults.K_DEFAULT,
    degree: options.Degree = defaults.DEGREE_DEFAULT,
    alpha: options.Alpha = defaults.ALPHA_DEFAULT,
    folds: options.Folds = 3,
    seed: options.Seed = defaults.NOTEBOOK_SPLIT_SEED,
    ranking_seed: options.RankingSeed = defaults.NOTEBOOK_RANKING_SEED,
    horizons: options.Horizons = HORIZONS_DEFAULT,
    window: options.Window = 0,
    price_delay: options.PriceDelay = 0,
    rainfall_delay: options.RainfallDelay = 1,
    macro_delay: options.MacroDelay = 2,
    forecasters: options.Forecasters = ALL_FORECASTERS,
    gate: options.PromotionGate = "better",
    force: options.Force = False,
    model_format: options.ModelFileFormat = "joblib",
    signing_key: options.SigningKeyFile = None,
    verify_key_file: options.VerifyKeyFile = None,
    cache: options.Cache = None,
    deploy: options.Deploy = "no",
    traffic: options.Traffic = 10,
    namespace: options.Namespace = "milkprice",
    service: options.Service = "milk-price",
    kubeconfig: options.Kubeconfig = None,
    cluster_context: Annotated[
        str | None, typer.Option("--context", help="Context of the kubeconfig file.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run the whole job, from raw files to a published model.

    Clean, check, forecast, train, validate, report, publish; promote if all checks pass.
    """
    from milkprice.workflow import run as run_job

    settings = _settings(context)
    deployment = _deployment(context, settings)
    with progress() as step:
        outcome = run_job(settings, now=runtime.now(), step=step)
        with step("writing tables"):
            quarantine = _write_outcome(outcome, out)
        deployed = deployment(outcome, step) if deployment else None
    emit(
        {**_payload(outcome, settings), "out": str(out), "deployed": deployed},
        as_json=as_json,
        show=lambda: _show(outcome, settings, quarantine, deployed),
    )


def _settings(context: typer.Context) -> RunSettings:
    from milkprice.workflow import RunSettings

    chosen = context.params
    training = options.train_settings_of(context)
    return RunSettings(
        source=chosen["source"],
        series=chosen["series"],
        month=chosen["month"],
        price=chosen["price"],
        clean=chosen["clean"],
        training=replace(training, form=chosen["model_format"]),
        forecast=options.forecast_settings_of(context),
        registry=chosen["registry"],
        alias=chosen["alias"],
        gate="always" if chosen["force"] else chosen["gate"],
        deploy=chosen["deploy"],
        cache=chosen["cache"] or runtime.cache_folder(),
        store=runtime.store_settings(single_writer=chosen["single_writer"]),
        signing=runtime.signing_settings(chosen["signing_key"]),
        keys=runtime.verifying_keys(chosen["verify_key_file"]),
    )


def _deployment(
    context: typer.Context, settings: RunSettings
) -> Callable[[Outcome, Step], DeployResult | None] | None:
    """What deploys the outcome, its options checked already; None if nothing is to."""
    if settings.deploy == "no":
        return None
    from milkprice.cluster import DeploySettings, check_traffic, start_canary
    from milkprice.cluster import deploy as deploy_model

    chosen = context.params
    check_traffic(chosen["traffic"])
    target = DeploySettings(
        model=settings.training.name,
        reference=settings.alias,
        registry=settings.registry,
        namespace=chosen["namespace"],
        service=chosen["service"],
    )

    def deploy(outcome: Outcome, step: Step) -> DeployResult | None:
        if settings.deploy == "canary" and not outcome.verdict.promote:
            return None
        reader = options.open_reader(settings.registry)
        with connect(chosen["kubeconfig"], chosen["cluster_context"], None) as cluster:
            if settings.deploy == "champion":
                return deploy_model(cluster, reader, target, step=step)
            canary = replace(target, reference=outcome.version)
            return start_canary(cluster, reader, canary, traffic=chosen["traffic"], step=step)

    return deploy


def _write_outcome(outcome: Outcome, folder: Path) -> Path:
    """Write the tables and the report; returns the path of the quarantine table."""
    from milkprice.data.cleaning import write_tables
    from milkprice.data.tables import write_months
    from milkprice.features import write_features
    from milkprice.files import write_bytes
    from milkprice.validation.candidate import REPORT

    *_, quarantine = write_tables(outcome.tables, folder, suffix=".csv")
    write_features(outcome.features, folder / "features.csv")
    write_months(outcome.evaluation.forecasts, folder / "forecasts.csv")
    write_bytes(outcome.report.encode(), folder / REPORT)
    return quarantine


def _payload(outcome: Outcome, settings: RunSettings) -> dict[str, object]:
    from milkprice.forecasting.codec import response_fields

    sidecar = outcome.bundle.sidecar
    return {
        "name": sidecar.name,
        "version": outcome.version,
        "model_sha256": sidecar.files[sidecar.model_file].sha256,
        "best": sidecar.parameters["best"],
        "promoted": outcome.verdict.promote and settings.deploy != "canary",
        "reason": outcome.verdict.reason,
        "checks": outcome.verdict.checks,
        "findings": outcome.findings,
        "ahead": [response_fields(month) for month in outcome.forecast.future],
        "standings": [response_fields(row) for row in outcome.forecast.leaderboard],
        "quarantine": tables.quarantine_payload(outcome.tables.quarantine),
        **tables.evaluation_payload(outcome.evaluation),
    }


def _show(
    outcome: Outcome, settings: RunSettings, quarantine: Path, deployed: DeployResult | None
) -> None:
    from milkprice.data.checks import warnings

    tables.show_quarantine(outcome.tables.quarantine, quarantine)
    tables.show_scores(outcome.evaluation, outcome.forecast.unit)
    tables.show_skill(outcome.forecast)
    tables.show_forecast(
        outcome.forecast, outcome.forecast.future[: tables.MONTHS_SHOWN], now=runtime.now()
    )
    stdout.print()
    tables.show_warnings(warnings(outcome.findings))
    if settings.deploy == "canary":
        tables.show_canary_verdict(outcome.verdict)
    else:
        tables.show_verdict(outcome.verdict, alias=settings.alias)
    if deployed is not None:
        show_result(deployed)
    sidecar = outcome.bundle.sidecar
    best = {key.split("__")[1]: value for key, value in sidecar.parameters["best"].items()}
    registry = f"--registry {settings.registry}"
    stdout.print()
    print_labels(
        {
            "model": f"{sidecar.name} {outcome.version}",
            "best parameters": ", ".join(f"{key} {value:g}" for key, value in best.items()),
            "bundle": f"{settings.registry}/models/{sidecar.name}/{outcome.version}",
            "report and tables": str(quarantine.parent),
            "details": f"{program()} models show {sidecar.name} {registry}",
            "forecast": f"{program()} forecast --name {sidecar.name} {registry}",
        }
    )


def train(
    context: typer.Context,
    table: Table = Path("features.csv"),
    prices: Prices = Path("clean/prices.csv"),
    out: BundleFolder = Path("model"),
    name: options.Name = "milk-price",
    features: options.Features = "lagged",
    split: options.Split = "time",
    test_share: options.TestShare = 0.2,
    gap: options.Gap = 1,
    k: options.K = defaults.K_DEFAULT,
    degree: options.Degree = defaults.DEGREE_DEFAULT,
    alpha: options.Alpha = defaults.ALPHA_DEFAULT,
    folds: options.Folds = 3,
    seed: options.Seed = defaults.NOTEBOOK_SPLIT_SEED,
    ranking_seed: options.RankingSeed = defaults.NOTEBOOK_RANKING_SEED,
    model_format: options.ModelFileFormat = "joblib",
    as_json: options.Json = False,
) -> None:
    """Train a polynomial ridge regression by grid search.

    The best model is written as a bundle, with its errors on held-out months.
    """
    from milkprice.data.tables import PRICE_TABLE, read_table
    from milkprice.features import read_features
    from milkprice.registry.bundle import write
    from milkprice.workflow import train_bundle

    settings = replace(options.train_settings_of(context), form=model_format)
    with progress() as step, step("training"):
        model, evaluation = train_bundle(
            read_features(table),
            read_table(prices, PRICE_TABLE),
            settings,
            sources={path.name: sha256(path.read_bytes()) for path in (table, prices)},
            now=runtime.now(),
        )
        write(model, out)
    sidecar = model.sidecar
    payload = {"bundle": str(out), "version": sidecar.version, "best": sidecar.parameters["best"]}
    emit(
        {**payload, **tables.evaluation_payload(evaluation)},
        as_json=as_json,
        show=lambda: tables.show_evaluation(evaluation, sidecar.target.unit),
    )
    stderr.print(
        f"Bundle {sidecar.version} in {out}", soft_wrap=True, highlight=False, markup=False
    )


def evaluate(
    bundle: BundleFolder = Path("model"),
    table: Table = Path("features.csv"),
    prices: Prices = Path("clean/prices.csv"),
    verify_key_file: options.VerifyKeyFile = None,
    as_json: options.Json = False,
) -> None:
    """Score a bundle on its held-out months."""
    from milkprice.data.formats.names import price_unit
    from milkprice.data.tables import PRICE_TABLE, read_table
    from milkprice.features import read_features
    from milkprice.workflow import evaluate_bundle

    keys = runtime.verifying_keys(verify_key_file)
    with progress() as step, step("scoring"):
        features, price = read_features(table), read_table(prices, PRICE_TABLE)
        evaluation = evaluate_bundle(bundle, features, price, keys=keys)
    emit(
        tables.evaluation_payload(evaluation),
        as_json=as_json,
        show=lambda: tables.show_evaluation(evaluation, price_unit(str(price.columns[0]))),
    )
