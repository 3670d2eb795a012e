"""Intake: whether anything may be learnt from what a source delivered, before anything is.

The rules, in the order in which they are told; each finds nothing, warns or stops.

    refused cells       stops  over 0.5 % of the cells could not be read
    usual levels        stops  a series is far from its usual level: another unit
    publication delays  warns  a file ends earlier than the others, by more than its delay
    known series        warns  a series of the central bank is not there that no model looks at
    missing months      stops  months that the champion knew are gone
    columns             stops  a column that the champion learnt from is gone
                        warns  there is a new one that models look at
    units               stops  a column was revised everywhere by one factor
    revisions           stops  over a tenth of a file's past values are given otherwise now
                        warns  fewer are
    newest month        warns  nothing reaches further than what the champion knew

The first four need no champion. A stop ends the run, unless it is forced: ``gate=always``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from milkprice.data.checks import continuity, plausibility
from milkprice.data.checks.finding import Finding, Findings, stops, warnings
from milkprice.data.checks.snapshot import Reference, Snapshot
from milkprice.data.cleaning import CleanTables
from milkprice.data.errors import DataCheckError
from milkprice.data.formats import names
from milkprice.data.settings import CleaningMode, Delays
from milkprice.logs import logger
from milkprice.settings import Gate

ALONE: tuple[Callable[[Snapshot], Iterator[Finding]], ...] = (
    plausibility.refused_cells,
    plausibility.usual_levels,
    plausibility.publication_delays,
    plausibility.known_series,
)
BESIDE: tuple[Callable[[Snapshot, Reference], Iterator[Finding]], ...] = (
    continuity.missing_months,
    continuity.columns,
    continuity.values,
    continuity.newest_month,
)


def check_source(
    tables: CleanTables, reference: Reference | None, *, clean: CleaningMode, delays: Delays
) -> Findings:
    """Find what is wrong with what a source delivered.

    Args:
        tables: The cleaned tables.
        reference: What the champion knew; without it only those rules hold that need none.
        clean: How the central bank's numbers were read.
        delays: When each source is published.
    """
    came = Snapshot(tables=tables, clean=clean, delays=delays)
    if reference is not None and clean != "repaired":  # read otherwise, not delivered otherwise
        reference = reference.without(names.MACRO_FILE)
    found = [one for rule in ALONE for one in rule(came)]
    if reference is not None:
        found += [one for rule in BESIDE for one in rule(came, reference)]
    return tuple(found)


def enforce(found: Findings, *, gate: Gate) -> None:
    """Log what is only said, and stop for the rest unless that is forced.

    A gate that never promotes stops too: a model of faulty data is nothing to look at.

    Raises:
        DataCheckError: With everything that stops.
    """
    for reason in warnings(found):
        logger.warning("%s", reason)
    against = stops(found)
    if against and gate != "always":
        raise DataCheckError(findings=against)
    for reason in against:
        logger.warning("forced, although %s", reason)
