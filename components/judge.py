"""Validate a candidate."""

from kfp.dsl import Dataset, Input, Markdown, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def judge(
    candidate: Input[Model],
    forecasts: Input[Dataset],
    scores: Input[Dataset],
    moved: Input[Dataset],
    findings: Input[Dataset],
    prices: Input[Dataset],
    rainfall: Input[Dataset],
    macro: Input[Dataset],
    quarantine: Input[Dataset],
    alias: str,
    gate: str,
    registry: str,
    verdict: Output[Dataset],
    summary: Output[Markdown],
) -> bool:
    """Compare a candidate with the baselines and the champion, and weigh the data checks.

    Args:
        candidate: The candidate.
        forecasts: Its forecasts of the held-out months.
        scores: Its scores on them.
        moved: The drift since the champion, as JSON.
        findings: What is wrong with the source, by model.
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        quarantine: Every cell refused or repaired.
        alias: Alias of the champion.
        gate: better, always or never.
        registry: A folder or s3://bucket/prefix.
        verdict: The verdict as JSON.
        summary: The same in words.

    Returns:
        Whether it may be promoted.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import validation as candidacy

    tables = {"prices": prices.path, "rainfall": rainfall.path, "macro": macro.path,
              "quarantine": quarantine.path}  # fmt: skip
    return candidacy.judge(
        candidate.path, forecasts.path, scores.path, moved.path, findings.path, tables,
        verdict.path, summary.path, alias=alias, gate=gate, registry=registry,
        settings=store_settings(),
    )  # fmt: skip
