"""A candidate to a validated, published, promoted and deployed version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import orjson

from milkprice.cluster import DeploySettings, open_cluster
from milkprice.cluster import deploy as deploy_model
from milkprice.data.checks import finding
from milkprice.data.tables.monthly import read_frame, read_months
from milkprice.files import write_bytes
from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import read, signing_key
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.report import render_report
from milkprice.settings import Gate
from milkprice.steps.files import read_clean
from milkprice.training.scores import Evaluation
from milkprice.validation import drift as drifts
from milkprice.validation import gate as gates
from milkprice.validation.candidate import drift_since, feature_rows, with_results
from milkprice.validation.candidate import publish as publish_candidate
from milkprice.validation.gate import Check
from milkprice.validation.promotion import champion_of, promote_if_passed


def drift(
    candidate_path: str,
    drift_path: str,
    summary_path: str,
    *,
    name: str,
    alias: str,
    registry: str,
    settings: StoreSettings,
) -> dict[str, float]:
    """Write what moved since the champion learnt; the stability index of what moved most."""
    table = feature_rows(read(Path(candidate_path)))
    champion = champion_of(RegistryReader(open_store(registry, settings)), name, alias)
    moved = drift_since(table, champion)
    write_bytes(drifts.to_json(moved), Path(drift_path))
    said = ["There is no champion to compare with"] if moved is None else drifts.sentences(moved)
    lines = "".join(f"- {sentence}.\n" for sentence in said or ["Nothing moved"])
    write_bytes(f"# Since the champion learnt\n\n{lines}".encode(), Path(summary_path))
    return {} if moved is None else {one.feature: one.index for one in moved.shifted}


def judge(
    candidate_path: str,
    held_out_path: str,
    scores_path: str,
    drift_path: str,
    faults_path: str,
    tables: dict[str, str],
    verdict_path: str,
    summary_path: str,
    *,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
) -> bool:
    """Hold a candidate against the champion and write the verdict; whether it may be promoted.

    Args:
        candidate_path: The candidate's bundle.
        held_out_path: Its forecasts of the held-out months.
        scores_path: Its scores on them.
        drift_path: What moved since the champion learnt.
        faults_path: What is wrong with the source, by model.
        tables: The cleaned tables and the quarantine report, by their names in ``CleanTables``.
        verdict_path: File for the verdict.
        summary_path: Markdown file for it.
        alias: What it would be promoted to.
        gate: When it may be.
        registry: Where models are published.
        settings: Where S3 is and who asks.
    """
    from milkprice.validation.checks import validate

    candidate = read(Path(candidate_path))
    name = candidate.sidecar.name
    verdict = validate(
        candidate,
        champion_of(RegistryReader(open_store(registry, settings)), name, alias),
        evaluation=_evaluation(scores_path, held_out_path),
        tables=read_clean(**tables),
        findings=finding.from_json(Path(faults_path).read_bytes(), where=name)[name],
        drift=drifts.from_json(Path(drift_path).read_bytes(), where=name),
        gate=cast("Gate", gate),
    )
    write_bytes(gates.to_json(verdict), Path(verdict_path))
    title = "May be promoted" if verdict.promote else "May not be promoted"
    checks = "".join(f"| {_row(check)} |\n" for check in verdict.checks)
    said = "".join(f"\nWarning: {reason}.\n" for reason in verdict.warnings)
    table = f"| check | passed | found |\n|---|---|---|\n{checks}"
    text = f"# {title}\n\n{verdict.reason}.\n\n{table}{said}"
    write_bytes(text.encode(), Path(summary_path))
    return verdict.promote


def report(
    candidate_path: str,
    held_out_path: str,
    scores_path: str,
    quarantine_path: str,
    drift_path: str,
    verdict_path: str,
    report_path: str,
) -> None:
    """Write all that is known of a candidate as one page."""
    from milkprice.report.content import report_content

    candidate = read(Path(candidate_path))
    name = candidate.sidecar.name
    found = report_content(
        candidate,
        evaluation=_evaluation(scores_path, held_out_path),
        quarantine=read_frame(Path(quarantine_path)),
        drift=drifts.from_json(Path(drift_path).read_bytes(), where=name),
        verdict=gates.from_json(Path(verdict_path).read_bytes(), where=name),
    )
    write_bytes(render_report(found).encode(), Path(report_path))


def _evaluation(scores_path: str, held_out_path: str) -> Evaluation:
    metrics = orjson.loads(Path(scores_path).read_bytes())
    return Evaluation.of(metrics, read_months(Path(held_out_path)))


def _row(check: Check) -> str:
    return " | ".join((check.name, "yes" if check.passed else "no", check.reason))


def publish(
    candidate_path: str,
    drift_path: str,
    verdict_path: str,
    report_path: str,
    *,
    alias: str,
    registry: str,
    settings: StoreSettings,
    signing: SigningSettings,
) -> str:
    """Publish a candidate with all that was said of it, signed where there is a key.

    Returns:
        Its version, the same however often this is repeated; the champion's where it is that model.
    """
    signer = signing_key(signing)
    candidate = with_results(
        read(Path(candidate_path)),
        drift=Path(drift_path).read_bytes(),
        verdict=Path(verdict_path).read_bytes(),
        report=Path(report_path).read_bytes(),
    )
    models = Registry(open_store(registry, settings), signer=signer)
    champion = champion_of(models, candidate.sidecar.name, alias)
    return publish_candidate(models, candidate, champion)


def promote(
    name: str,
    version: str,
    summary_path: str,
    *,
    alias: str,
    registry: str,
    settings: StoreSettings,
    now: datetime,
) -> bool:
    """Promote a version when its verdict lets it, and write what happened; whether it was."""
    models = Registry(open_store(registry, settings))
    settled = promote_if_passed(models, name, version, alias=alias, at=now)
    said = f"{'Promoted' if settled.promote else 'Not promoted'} to {alias}: {settled.reason}."
    write_bytes(f"# {name} {version}\n\n{said}\n".encode(), Path(summary_path))
    return settled.promote


def deploy(
    name: str, *, alias: str, registry: str, namespace: str, service: str, settings: StoreSettings
) -> str:
    """Have the predictor of this cluster follow an alias, and wait until it serves its version.

    The predictor must be there: making one, with its image, is not a pipeline's.

    Returns:
        The version that is served.
    """
    wanted = DeploySettings(
        model=name, reference=alias, registry=registry, namespace=namespace, service=service
    )
    with open_cluster() as cluster:
        return deploy_model(cluster, RegistryReader(open_store(registry, settings)), wanted).version
