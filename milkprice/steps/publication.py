"""A scored model to a promoted version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import orjson

from milkprice.bundle import read, scored
from milkprice.files import write_bytes
from milkprice.promotion import promote_when_let
from milkprice.registry import Registry
from milkprice.settings import Gate, StoreSettings
from milkprice.store import open_store


def publish(bundle_path: str, scores_path: str, *, registry: str, settings: StoreSettings) -> str:
    """Publish a bundle with its scores; its version, the same however often this is repeated."""
    metrics = orjson.loads(Path(scores_path).read_bytes())
    bundle = scored(read(Path(bundle_path)), metrics)
    return Registry(open_store(registry, settings)).publish(bundle)


def promote(
    name: str,
    version: str,
    summary_path: str,
    *,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
    now: datetime,
) -> bool:
    """Promote a version when the gate lets it, and write the verdict; whether it was."""
    models = Registry(open_store(registry, settings))
    verdict = promote_when_let(models, name, version, alias=alias, gate=cast("Gate", gate), at=now)
    said = f"{'Promoted' if verdict.promote else 'Not promoted'} to {alias}: {verdict.reason}."
    write_bytes(f"# {name} {version}\n\n{said}\n".encode(), Path(summary_path))
    return verdict.promote
