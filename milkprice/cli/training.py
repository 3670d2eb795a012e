"""``milkprice train`` and ``milkprice evaluate``: from a feature table to a scored bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import (
    AlphaOption,
    DegreeOption,
    Features,
    FeaturesOption,
    FoldsOption,
    GapOption,
    JsonOption,
    KOption,
    ModelFormat,
    ModelFormatOption,
    NameOption,
    RankingSeedOption,
    SeedOption,
    Split,
    SplitOption,
    TestShareOption,
    VerifyKeyOption,
    chosen_training,
    trusted,
)
from milkprice.cli.output import emit, progress, stderr
from milkprice.cli.tables import evaluation_payload, show_evaluation
from milkprice.files import sha256
from milkprice.training.settings import (
    ALPHA_DEFAULT,
    DEGREE_DEFAULT,
    K_DEFAULT,
    NOTEBOOK_RANKING_SEED,
    NOTEBOOK_SPLIT_SEED,
)

TableOption = Annotated[Path, typer.Option(help="The feature table.")]
PricesOption = Annotated[Path, typer.Option(help="The cleaned prices, for the baselines.")]
BundleOption = Annotated[Path, typer.Option(help="Folder of the model.")]


def train(
    context: typer.Context,
    table: TableOption = Path("features.csv"),
    prices: PricesOption = Path("clean/prices.csv"),
    out: BundleOption = Path("model"),
    name: NameOption = "milk-price",
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
    model_format: ModelFormatOption = ModelFormat.joblib,
    as_json: JsonOption = False,
) -> None:
    """Search the grid on a feature table and write the winner as a bundle."""
    from milkprice.data.tables.monthly import PRICES, read_table
    from milkprice.features.sets import read_features
    from milkprice.registry.bundle import write
    from milkprice.workflow import train_bundle

    settings = replace(chosen_training(context), form=model_format.value)
    with progress() as step, step("searching models"):
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
    stderr.print(f"Bundle {sidecar.version} in [bold]{escape(str(out))}[/]", soft_wrap=True)


def evaluate(
    bundle: BundleOption = Path("model"),
    table: TableOption = Path("features.csv"),
    prices: PricesOption = Path("clean/prices.csv"),
    verify_key_file: VerifyKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a bundle on the months it was held back from, beside the baselines."""
    from milkprice.data.tables.monthly import PRICES, read_table
    from milkprice.features.sets import read_features
    from milkprice.workflow import evaluate_bundle

    with progress() as step, step("scoring"):
        evaluation = evaluate_bundle(
            bundle, read_features(table), read_table(prices, PRICES), keys=trusted(verify_key_file)
        )
    emit(evaluation_payload(evaluation), as_json=as_json, show=lambda: show_evaluation(evaluation))
