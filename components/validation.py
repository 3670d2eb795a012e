"""A candidate to a version that serves, as Kubeflow components."""

from kfp.dsl import HTML, Dataset, Input, Markdown, Metrics, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def drift(
    candidate: Input[Model],
    name: str,
    alias: str,
    registry: str,
    changes: Output[Dataset],
    summary: Output[Markdown],
    metrics: Output[Metrics],
) -> None:
    """Compare a candidate's feature table with the champion's.

    Args:
        candidate: The candidate.
        name: Name of the model.
        alias: Alias of the champion.
        registry: A folder or s3://bucket/prefix.
        changes: The drift, as JSON.
        summary: The same in words.
        metrics: The population stability index of each feature that shifted.
    """
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.steps import validation

    shifts = validation.drift(
        candidate.path, changes.path, summary.path, name=name, alias=alias, registry=registry,
        settings=store_settings(), keys=verifying_keys(),
    )  # fmt: skip
    metrics.metadata.update(shifts)


@component(base_image=IMAGE, install_kfp_package=False)
def judge(
    candidate: Input[Model],
    forecasts: Input[Dataset],
    scores: Input[Dataset],
    changes: Input[Dataset],
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
        changes: The drift since the champion, as JSON.
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
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.steps import validation

    tables = {"prices": prices.path, "rainfall": rainfall.path, "macro": macro.path,
              "quarantine": quarantine.path}  # fmt: skip
    return validation.judge(
        candidate.path, forecasts.path, scores.path, changes.path, findings.path, tables,
        verdict.path, summary.path, alias=alias, gate=gate, registry=registry,
        settings=store_settings(), keys=verifying_keys(),
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def report(
    candidate: Input[Model],
    forecasts: Input[Dataset],
    scores: Input[Dataset],
    quarantine: Input[Dataset],
    changes: Input[Dataset],
    verdict: Input[Dataset],
    page: Output[HTML],
) -> None:
    """Write the report of a candidate as one page.

    Args:
        candidate: The candidate.
        forecasts: Its forecasts of the held-out months.
        scores: Its scores on them.
        quarantine: Every cell refused or repaired.
        changes: The drift since the champion, as JSON.
        verdict: The verdict of the gate, as JSON.
        page: The report as one HTML page without references to the network.
    """
    from milkprice.steps import validation

    validation.report(
        candidate.path, forecasts.path, scores.path, quarantine.path, changes.path, verdict.path,
        page.path,
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def publish(
    candidate: Input[Model],
    changes: Input[Dataset],
    verdict: Input[Dataset],
    page: Input[HTML],
    alias: str,
    registry: str,
) -> str:
    """Publish a candidate with its drift, verdict and report; repeated, one version.

    Args:
        candidate: The candidate.
        changes: The drift since the champion, as JSON.
        verdict: The verdict of the gate, as JSON.
        page: The report.
        alias: Alias of the champion, which is not published a second time.
        registry: A folder or s3://bucket/prefix.

    Returns:
        The version.
    """
    from milkprice.runtime import signing_settings, store_settings, verifying_keys
    from milkprice.steps import validation

    return validation.publish(
        candidate.path, changes.path, verdict.path, page.path, alias=alias, registry=registry,
        settings=store_settings(), keys=verifying_keys(), signing=signing_settings(),
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def promote(
    name: str, version: str, alias: str, registry: str, deploy: str, outcome: Output[Markdown]
) -> bool:
    """Move the alias to a version if its verdict allows it.

    Args:
        name: Name of the model.
        version: The version just published.
        alias: The alias.
        registry: A folder or s3://bucket/prefix.
        deploy: no, champion or canary; what is to be a canary first is not promoted.
        outcome: Whether the version was promoted, and why.

    Returns:
        Whether it was promoted.
    """
    from milkprice.runtime import now, signing_settings, store_settings, verifying_keys
    from milkprice.steps import validation

    return validation.promote(
        name, version, outcome.path, alias=alias, registry=registry, settings=store_settings(),
        keys=verifying_keys(), signing=signing_settings(), now=now(), deploy=deploy,
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def deploy(
    name: str,
    version: str,
    deploy: str,
    traffic: int,
    alias: str,
    registry: str,
    namespace: str,
    service: str,
    outcome: Output[Markdown],
) -> str:
    """Deploy to this cluster what was published, and wait until it serves.

    Args:
        name: Name of the model.
        version: The version just published.
        deploy: champion points the predictor at the alias, which it follows from then on; canary
            gives the version some of the requests, if its verdict allows it.
        traffic: Percent of the requests for a canary.
        alias: The alias.
        registry: s3://bucket/prefix.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
        outcome: What was deployed, or why nothing.

    Returns:
        The version that was deployed; empty if none was.
    """
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.steps import validation

    return validation.deploy(
        name, version, outcome.path, deploy=deploy, traffic=traffic, alias=alias,
        registry=registry, namespace=namespace, service=service, settings=store_settings(),
        keys=verifying_keys(),
    )  # fmt: skip
