"""Check the data of a source."""

from kfp.dsl import Dataset, Input, Markdown, Output, component

from components.image import IMAGE


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
    findings: Output[Dataset],
    summary: Output[Markdown],
) -> None:
    """Apply the data checks: stop before anything is trained on a faulty source, or warn.

    Args:
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        quarantine: Every cell refused or repaired.
        models: The models to train, each with its name (model).
        clean: repaired or notebook.
        price_delay: Months after which a month's price is published.
        rainfall_delay: The same for rainfall.
        macro_delay: The same for the central bank's series.
        alias: Alias of the champions.
        gate: better, always or never; always only warns.
        registry: A folder or s3://bucket/prefix.
        findings: What is wrong with it, by model, as JSON.
        summary: The same in words.
    """
    from milkprice.runtime import store_settings
    from milkprice.settings import Delays
    from milkprice.steps import data

    tables = {"prices": prices.path, "rainfall": rainfall.path, "macro": macro.path,
              "quarantine": quarantine.path}  # fmt: skip
    data.check_source(
        tables, findings.path, summary.path, models=[one["model"] for one in models], clean=clean,
        delays=Delays(price_delay, rainfall_delay, macro_delay), alias=alias, gate=gate,
        registry=registry, settings=store_settings(),
    )  # fmt: skip
