"""Cleaned tables and the models in use to what is wrong with a source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from milkprice.data.checks import finding as faults
from milkprice.data.checks.checks import admit, intake
from milkprice.data.checks.finding import Faults
from milkprice.data.settings import CleaningMode, Delays
from milkprice.files import write_bytes
from milkprice.registry import Catalogue
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import Gate
from milkprice.steps.validation import read_clean
from milkprice.validation.promotion import champion_of
from milkprice.validation.reference import memory_of


def check_source(
    tables: dict[str, str],
    found_path: str,
    summary_path: str,
    *,
    names: Iterable[str],
    clean: str,
    delays: Delays,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
) -> None:
    """Write what is wrong with a source beside what each model's champion knew.

    Args:
        tables: The cleaned tables and the quarantine report, by their names in ``CleanTables``.
        found_path: File for the faults, by model.
        summary_path: Markdown file for them.
        names: The models that are to learn from it.
        clean: How the central bank's numbers were read.
        delays: When each source is published.
        alias: Alias of the champions.
        gate: ``always`` lets anything pass.
        registry: Where models are published.
        settings: Where S3 is and who asks.

    Raises:
        DataFaultError: Nothing may be learnt from it.
    """
    came, catalogue = read_clean(**tables), Catalogue(open_store(registry, settings))
    mode = cast("CleaningMode", clean)
    found = {
        name: intake(
            came, memory_of(champion_of(catalogue, name, alias)), clean=mode, delays=delays
        )
        for name in names
    }
    write_bytes(faults.to_json(found), Path(found_path))
    write_bytes(_summary(found).encode(), Path(summary_path))
    every = dict.fromkeys(one for some in found.values() for one in some)  # each once
    admit(tuple(every), gate=cast("Gate", gate))


def _summary(found: dict[str, Faults]) -> str:
    """What was found, each said once, with its model where not all of them have it."""
    every = dict.fromkeys(one for some in found.values() for one in some)
    lines = [_line(one, [name for name in found if one in found[name]], found) for one in every]
    return "# The source\n\n" + "".join(lines or ["- Nothing is wrong with it.\n"])


def _line(one: faults.Fault, models: list[str], found: dict[str, Faults]) -> str:
    of = "" if len(models) == len(found) else f" ({', '.join(models)})"
    return f"- {'Stop' if one.stop else 'Warning'}: {one.reason}{of}.\n"
