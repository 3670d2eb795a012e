"""A candidate and what was said of it to a promoted version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from milkprice.bundle import read, signing_key
from milkprice.candidate.assembly import testified
from milkprice.candidate.publication import publish as publish_candidate
from milkprice.files import write_bytes
from milkprice.promotion import champion_of, promote_when_let
from milkprice.registry import Registry
from milkprice.settings import SigningSettings, StoreSettings
from milkprice.store import open_store


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
    candidate = testified(
        read(Path(candidate_path)),
        moved=Path(drift_path).read_bytes(),
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
    settled = promote_when_let(models, name, version, alias=alias, at=now)
    said = f"{'Promoted' if settled.promote else 'Not promoted'} to {alias}: {settled.reason}."
    write_bytes(f"# {name} {version}\n\n{said}\n".encode(), Path(summary_path))
    return settled.promote
