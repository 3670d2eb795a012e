"""``milkprice drift``: what raw files say otherwise than those a model learnt from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from milkprice import runtime
from milkprice.cli.options import (
    AliasOption,
    CacheOption,
    Clean,
    CleanOption,
    JsonOption,
    NameOption,
    RegistryOption,
    SourceOption,
    VerifyKeyOption,
    open_reader,
    trusted,
)
from milkprice.cli.output import emit, print_table, progress, stdout

if TYPE_CHECKING:
    from milkprice.validation.drift import Drift

SHOWN = 10


def drift(
    source: SourceOption = "sample",
    name: NameOption = "milk-price",
    registry: RegistryOption = "registry",
    alias: AliasOption = "champion",
    clean: CleanOption = Clean.repaired,
    cache: CacheOption = None,
    verify_key_file: VerifyKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare raw files with those the model in use learnt from, and say what moved."""
    from milkprice.data.cleaning import clean_all
    from milkprice.data.sources import read_source
    from milkprice.data.tables.monthly import current_month
    from milkprice.features.sets import build_features, labelled_rows
    from milkprice.validation.candidate import feature_rows
    from milkprice.validation.drift import measure_drift

    with progress() as step:
        with step("reading the model"):
            champion = open_reader(registry, trusted(verify_key_file)).fetch(name, alias)
            before = feature_rows(champion)
        with step("reading and cleaning"):
            raw = read_source(
                source, cache=cache or runtime.cache_folder(), settings=runtime.store_settings()
            )
            tables = clean_all(raw.files, mode=clean.value, as_of=current_month(runtime.now()))
        with step("comparing"):
            now = build_features(
                tables.prices, tables.rainfall, tables.macro,
                features=champion.sidecar.feature_set,
            )  # fmt: skip
            found = measure_drift(labelled_rows(now), before, champion=champion.sidecar.version)
    emit(asdict(found), as_json=as_json, show=lambda: _show(found))


def _show(found: Drift) -> None:
    from milkprice.validation.drift import sentences

    if found.shifted:
        rows = [(one.feature, one.index) for one in found.shifted[:SHOWN]]
        print_table("Features that shifted", ("feature", "stability index"), rows)
    if found.revisions:
        revised = [(one.column, one.month, one.before, one.now) for one in found.revisions[:SHOWN]]
        print_table("Past values revised", ("column", "month", "before", "now"), revised)
    for sentence in sentences(found) or ["nothing moved"]:
        stdout.print(f"{sentence[:1].upper()}{sentence[1:]}.", highlight=False, soft_wrap=True)
