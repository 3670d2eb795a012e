"""``milkprice train`` and ``milkprice evaluate``: from a feature table to a bundle with scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, progress, stderr
from milkprice.cli.tables import evaluation_payload, show_evaluation
from milkprice.files import sha256
from milkprice.training import settings as defaults

Table = Annotated[Path, typer.Option(help="Feature table.")]
Prices = Annotated[Path, typer.Option(help="Cleaned prices, for the baselines.")]
BundleFolder = Annotated[Path, typer.Option(help="Folder of the bundle.")]


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
    from milkprice.data.tables.monthly import PRICES, read_table
    from milkprice.features.sets import read_features
    from milkprice.registry.bundle import write
    from milkprice.workflow import train_bundle

    settings = replace(options.train_settings_of(context), form=model_format)
    with progress() as step, step("training"):
        model, evaluation = train_bundle(
            read_features(table),
            read_table(prices, PRICES),
            settings,
            sources={path.name: sha256(path.read_bytes()) for path in (table, prices)},
            now=runtime.now(),
        )
        write(model, out)
    sidecar = model.sidecar
    payload = {"bundle": str(out), "version": sidecar.version, "best": sidecar.parameters["best"]}
    emit(
        {**payload, **evaluation_payload(evaluation)},
        as_json=as_json,
        show=lambda: show_evaluation(evaluation),
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
    from milkprice.data.tables.monthly import PRICES, read_table
    from milkprice.features.sets import read_features
    from milkprice.workflow import evaluate_bundle

    keys = options.verifying_keys(verify_key_file)
    with progress() as step, step("scoring"):
        evaluation = evaluate_bundle(
            bundle, read_features(table), read_table(prices, PRICES), keys=keys
        )
    emit(evaluation_payload(evaluation), as_json=as_json, show=lambda: show_evaluation(evaluation))
