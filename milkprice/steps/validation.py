"""Steps from a candidate to a validated, published, promoted and deployed version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

from milkprice import stages
from milkprice.cluster import DeploySettings, open_cluster, start_canary
from milkprice.cluster import deploy as deploy_model
from milkprice.cluster.inference_service import CANARY_TRAFFIC
from milkprice.data.checks import from_json
from milkprice.data.tables import read_frame
from milkprice.files import write_bytes
from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import VerifyingKeys, read, signing_key
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import Deployment, Gate, parse_deployment
from milkprice.steps import (
    escape_markdown,
    markdown_table,
    read_champion,
    read_clean,
    read_evaluation,
    write_text,
)
from milkprice.validation import drift as drifts
from milkprice.validation import gate as gates
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict, champion_of


def drift(
    candidate_path: str,
    drift_path: str,
    summary_path: str,
    *,
    name: str,
    alias: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
) -> dict[str, float]:
    """Write the drift since the champion; the stability index of each feature that shifted."""
    champion = read_champion(name, alias=alias, registry=registry, settings=settings, keys=keys)
    measured = stages.drift(read(Path(candidate_path)), champion)
    write_bytes(drifts.to_json(measured), Path(drift_path))
    write_text(_drift_summary(measured), summary_path)
    return {one.feature: one.index for one in measured.shifted} if measured else {}


def judge(
    candidate_path: str,
    forecasts_path: str,
    scores_path: str,
    drift_path: str,
    findings_path: str,
    tables: Mapping[str, str],
    verdict_path: str,
    summary_path: str,
    *,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
) -> bool:
    """Validate a candidate and write the verdict; whether it may be promoted."""
    from milkprice.validation import checks  # the other steps need not wait for its imports

    candidate = read(Path(candidate_path))
    name = candidate.sidecar.name
    verdict = checks.judge(
        candidate,
        read_champion(name, alias=alias, registry=registry, settings=settings, keys=keys),
        evaluation=read_evaluation(scores_path, forecasts_path),
        tables=read_clean(**tables),
        findings=from_json(Path(findings_path).read_bytes(), where=name)[name],
        drift=_read_drift(drift_path, name),
        gate=cast("Gate", gate),
    )
    write_bytes(gates.to_json(verdict), Path(verdict_path))
    write_text(_verdict_summary(verdict), summary_path)
    return verdict.promote


def report(
    candidate_path: str,
    forecasts_path: str,
    scores_path: str,
    quarantine_path: str,
    drift_path: str,
    verdict_path: str,
    report_path: str,
) -> None:
    """Write the report of a candidate as one HTML page."""
    candidate = read(Path(candidate_path))
    name = candidate.sidecar.name
    page = stages.report(
        candidate,
        evaluation=read_evaluation(scores_path, forecasts_path),
        quarantine=read_frame(Path(quarantine_path)),
        drift=_read_drift(drift_path, name),
        verdict=_read_verdict(verdict_path, name),
    )
    write_text(page, report_path)


def publish(
    candidate_path: str,
    drift_path: str,
    verdict_path: str,
    report_path: str,
    *,
    alias: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
    signing: SigningSettings,
) -> str:
    """Publish a candidate with its drift, verdict and report, signed where there is a key.

    Returns:
        Its version, the same however often this is repeated; the champion's version if the
        candidate is the same model.
    """
    models = Registry(open_store(registry, settings), signer=signing_key(signing), keys=keys)
    candidate = read(Path(candidate_path))
    name = candidate.sidecar.name
    _, version = stages.publish(
        candidate,
        champion_of(models, name, alias),
        registry=models,
        drift=_read_drift(drift_path, name),
        verdict=_read_verdict(verdict_path, name),
        report=Path(report_path).read_bytes().decode(),
    )
    return version


def promote(
    name: str,
    version: str,
    summary_path: str,
    *,
    alias: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
    signing: SigningSettings,
    now: datetime,
    deploy: str = "no",
) -> bool:
    """Promote a version if its verdict allows it, and write what was done; whether it was.

    One that is to be a canary first is not promoted. The aliases are signed where there is a key.
    """
    models = Registry(open_store(registry, settings), signer=signing_key(signing), keys=keys)
    if parse_deployment(deploy) == "canary":
        verdict = gates.canary_verdict(name, version, reader=models, alias=alias)
        is_promoted = False
        why = "it is to be a canary first" if verdict.promote else verdict.reason
    else:
        verdict = gates.promote(name, version, registry=models, alias=alias, now=now)
        is_promoted, why = verdict.promote, verdict.reason
    result = "Promoted" if is_promoted else "Not promoted"
    write_text(
        f"# {name} {version}\n\n{result} to {alias}: {escape_markdown(why)}.\n", summary_path
    )
    return is_promoted


def deploy(
    name: str,
    version: str = "",
    summary_path: str = "",
    *,
    alias: str,
    registry: str,
    namespace: str,
    service: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
    deploy: str = "champion",
    traffic: int = CANARY_TRAFFIC,
) -> str:
    """Deploy what a run has published to this cluster and wait until it serves; its version.

    The predictor is pointed at the alias, or the version becomes a canary beside the one in use, if
    its verdict allows it; else nothing is deployed, and the version is empty. The InferenceService
    must exist: a pipeline does not create it.
    """
    choice = parse_deployment(deploy)
    target = DeploySettings(
        model=name,
        reference=version if choice == "canary" else alias,
        registry=registry,
        namespace=namespace,
        service=service,
    )
    reader = RegistryReader(open_store(registry, settings), keys=keys)
    deployed, text = _deploy(reader, target, choice, alias=alias, traffic=traffic)
    if summary_path:  # a pipeline compiled by an earlier release has none
        write_text(f"# {name} {deployed or version}\n\n{escape_markdown(text)}.\n", summary_path)
    return deployed


def _deploy(
    reader: RegistryReader, target: DeploySettings, choice: Deployment, *, alias: str, traffic: int
) -> tuple[str, str]:
    """The version that was deployed, and what was done in a sentence without a full stop."""
    where = f"InferenceService {target.service} in {target.namespace}"
    if choice == "no":
        return "", f"{where} is left as it is"
    if choice == "canary":
        verdict = gates.canary_verdict(target.model, target.reference, reader=reader, alias=alias)
        if not verdict.promote:
            return "", f"No canary of {where}: {verdict.reason}"
    with open_cluster() as cluster:
        if choice == "champion":
            return deploy_model(cluster, reader, target).version, f"{where} follows {alias}"
        done = start_canary(cluster, reader, target, traffic=traffic)
    by = f"HTTPRoute {', '.join(done.routes)}" if done.routes else "the share of its pods"
    return done.version, f"A canary of {where}, with {done.traffic} % of the requests by {by}"


def _read_drift(path: str, name: str) -> Drift | None:
    return drifts.from_json(Path(path).read_bytes(), where=name)


def _read_verdict(path: str, name: str) -> Verdict:
    return gates.from_json(Path(path).read_bytes(), where=name)


def _drift_summary(measured: Drift | None) -> str:
    if measured is None:
        lines = ["There is no champion to compare with"]
    else:
        lines = drifts.sentences(measured) or ["Nothing moved"]
    return "# Since the champion learnt\n\n" + "".join(
        f"- {escape_markdown(line)}.\n" for line in lines
    )


def _verdict_summary(verdict: Verdict) -> str:
    title = "May be promoted" if verdict.promote else "May not be promoted"
    rows = [(one.name, "yes" if one.passed else "no", one.reason) for one in verdict.checks]
    checks = markdown_table(("check", "passed", "found"), rows)
    reason, *reasons = map(escape_markdown, (verdict.reason, *verdict.warnings))
    warnings = "".join(f"\nWarning: {one}.\n" for one in reasons)
    return f"# {title}\n\n{reason}.\n\n{checks}{warnings}"
