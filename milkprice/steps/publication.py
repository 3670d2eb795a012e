"""A candidate and what was said of it to a promoted version.

A promoted version to a predictor that serves it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from milkprice.cluster import DeploySettings, open_cluster
from milkprice.cluster import deploy as deploy_model
from milkprice.files import write_bytes
from milkprice.registry import Catalogue, Registry
from milkprice.registry.bundle import read, signing_key
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.validation.candidate import publish as publish_candidate
from milkprice.validation.candidate import with_results
from milkprice.validation.promotion import champion_of, promote_if_passed


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
        return deploy_model(cluster, Catalogue(open_store(registry, settings)), wanted).version
