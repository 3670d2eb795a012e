"""Raw files to a checked feature table, as Kubeflow components."""

from typing import NamedTuple

from kfp.dsl import Dataset, Input, Markdown, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def identify(
    source: str,
    models: list,
    month: str = "",
    price: str = "",
    clean: str = "repaired",
    split: str = "time",
    test_share: float = 0.2,
    gap: int = 1,
    seed: int = 42,
    k: str = "3,4,5,6,7,10",
    degree: str = "1,2,3,5,7",
    alpha: str = "1,0.5,0.2,0.1,0.05,0.02,0.01",
    folds: int = 3,
    ranking_seed: int = 164,
    horizons: str = "1,3,6,12",
    window: int = 0,
    price_delay: int = 0,
    rainfall_delay: int = 1,
    macro_delay: int = 2,
    forecasters: str = "all",
    registry: str = "s3://milkprice",
    alias: str = "champion",
    gate: str = "better",
    deploy: str = "no",
    traffic: int = 10,
    namespace: str = "milkprice",
    service: str = "milk-price",
) -> NamedTuple("Identity", [("files", str), ("month", str)]):
    """Check the parameters of all steps, and hash what a source holds: the cache key of later ones.

    Args:
        source: sample, challenge, a folder, s3://bucket/prefix, or one table.
        models: The models to train, each with its name (model) and its features.
        month: Column of months of one table; empty for the one that is told.
        price: Column of prices of one table, likewise.
        clean: repaired or notebook.
        split: time or random.
        test_share: Share of the months held out.
        gap: Months left out before the held-out ones.
        seed: Seed of a random split.
        k: Numbers of features to try.
        degree: Polynomial degrees to try.
        alpha: Ridge penalties to try.
        folds: Cross-validation folds.
        ranking_seed: Seed of the noise that breaks ties when features are ranked.
        horizons: Horizons of the backtest, in months.
        window: Months of history that each forecast is made from; 0 for all.
        price_delay: Months after which a month's price is published.
        rainfall_delay: The same for rainfall.
        macro_delay: The same for the central bank's series.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: A folder or s3://bucket/prefix.
        alias: Alias of the champions.
        gate: better, always or never.
        deploy: no, champion or canary.
        traffic: Percent of the requests for a canary.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.

    Returns:
        Hash of the raw files; the current month, YYYY-MM, later ones are refused.
    """
    parameters = locals()
    from milkprice.runtime import cache_folder, now, store_settings
    from milkprice.steps import check_parameters, data

    check_parameters(parameters)
    return data.identify(source, cache=cache_folder(), settings=store_settings(), now=now())


@component(base_image=IMAGE, install_kfp_package=False)
def ingest(
    source: str,
    files: str,
    month: str,
    price: str,
    as_of: str,
    prices: Output[Dataset],
    rainfall: Output[Dataset],
    macro: Output[Dataset],
    sources: Output[Dataset],
) -> None:
    """Copy the three raw files of a source, unchanged, or the parts of one table, checked.

    Args:
        source: sample, challenge, a folder, s3://bucket/prefix, or one table.
        files: Their hash, as identify returned it.
        month: Column of months of one table; empty for the one that is told.
        price: Column of prices of one table, likewise.
        as_of: The current month, YYYY-MM; later ones of one table are refused.
        prices: precio_leche.csv, or the price of one table.
        rainfall: precipitaciones.csv, or nothing of one table.
        macro: banco_central.csv, or the regressors of one table.
        sources: SHA-256 of each file, as JSON.
    """
    from milkprice.runtime import cache_folder, store_settings
    from milkprice.steps import data

    outputs = data.raw_outputs(prices.path, rainfall.path, macro.path)
    facts = data.ingest(
        source, files, outputs, sources.path, month=month, price=price, as_of=as_of,
        cache=cache_folder(), settings=store_settings(),
    )  # fmt: skip
    prices.metadata.update(facts["precio_leche.csv"])
    rainfall.metadata.update(facts["precipitaciones.csv"])
    macro.metadata.update(facts["banco_central.csv"])


@component(base_image=IMAGE, install_kfp_package=False)
def clean_prices(raw: Input[Dataset], as_of: str, table: Output[Dataset]) -> None:
    """Read the farm-gate price of milk, one row a month.

    Args:
        raw: precio_leche.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        table: CLP per litre by month.
    """
    from milkprice.steps import data

    table.metadata.update(data.clean_prices(raw.path, table.path, as_of=as_of))


@component(base_image=IMAGE, install_kfp_package=False)
def clean_rainfall(raw: Input[Dataset], as_of: str, table: Output[Dataset]) -> None:
    """Read the rain of eight regions, one row a month.

    Args:
        raw: precipitaciones.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        table: Millimetres by region and month.
    """
    from milkprice.steps import data

    table.metadata.update(data.clean_rainfall(raw.path, table.path, as_of=as_of))


@component(base_image=IMAGE, install_kfp_package=False)
def clean_macro(
    raw: Input[Dataset],
    as_of: str,
    clean: str,
    table: Output[Dataset],
    quarantine: Output[Dataset],
    summary: Output[Markdown],
) -> None:
    """Read the central bank's series, one row a month, lost decimal points put back.

    Args:
        raw: banco_central.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        clean: repaired or notebook.
        table: The series by month, in their units.
        quarantine: Every cell refused or repaired.
        summary: How many cells, and why.
    """
    from milkprice.steps import data

    facts = data.clean_macro(
        raw.path, table.path, quarantine.path, summary.path, as_of=as_of, clean=clean
    )
    table.metadata.update(facts[0])
    quarantine.metadata.update(facts[1])


@component(base_image=IMAGE, install_kfp_package=False)
def check_source(
    prices: Input[Dataset],
    rainfall: Input[Dataset],
    macro: Input[Dataset],
    quarantine: Input[Dataset],
    models: list,
    clean: str,
    price_delay: int,
    rainfall_delay: int,
    macro_delay: int,
    alias: str,
    gate: str,
    registry: str,
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    k: str,
    degree: str,
    alpha: str,
    folds: int,
    ranking_seed: int,
    horizons: str,
    window: int,
    forecasters: str,
    deploy: str,
    traffic: int,
    namespace: str,
    service: str,
    findings: Output[Dataset],
    summary: Output[Markdown],
) -> None:
    """Check the parameters of all steps and the data: stop before anything is trained, or warn.

    Args:
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        quarantine: Every cell refused or repaired.
        models: The models to train, each with its name (model) and its features.
        clean: repaired or notebook.
        price_delay: Months after which a month's price is published.
        rainfall_delay: The same for rainfall.
        macro_delay: The same for the central bank's series.
        alias: Alias of the champions.
        gate: better, always or never; always only warns.
        registry: A folder or s3://bucket/prefix.
        split: time or random.
        test_share: Share of the months held out.
        gap: Months left out before the held-out ones.
        seed: Seed of a random split.
        k: Numbers of features to try.
        degree: Polynomial degrees to try.
        alpha: Ridge penalties to try.
        folds: Cross-validation folds.
        ranking_seed: Seed of the noise that breaks ties when features are ranked.
        horizons: Horizons of the backtest, in months.
        window: Months of history that each forecast is made from; 0 for all.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        deploy: no, champion or canary.
        traffic: Percent of the requests for a canary.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
        findings: What is wrong with it, by model, as JSON.
        summary: The same in words.
    """
    parameters = locals()
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.settings import Delays
    from milkprice.steps import check_parameters, data

    check_parameters(parameters)
    tables = {"prices": prices.path, "rainfall": rainfall.path, "macro": macro.path,
              "quarantine": quarantine.path}  # fmt: skip
    data.check_source(
        tables, findings.path, summary.path, models=[one["model"] for one in models], clean=clean,
        delays=Delays(price_delay, rainfall_delay, macro_delay), alias=alias, gate=gate,
        registry=registry, settings=store_settings(), keys=verifying_keys(),
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def build_features(
    prices: Input[Dataset],
    rainfall: Input[Dataset],
    macro: Input[Dataset],
    features: str,
    table: Output[Dataset],
) -> None:
    """Build the feature table of a feature set.

    Args:
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        features: Name of the feature set.
        table: One row a month: the features, then the price.
    """
    from milkprice.steps.data import build_features as build

    facts = build(prices.path, rainfall.path, macro.path, table.path, features=features)
    table.metadata.update(facts)
