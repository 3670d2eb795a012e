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

from milkprice.data.checks import continuity as precedent
from milkprice.data.checks import plausibility as plausible
from milkprice.data.checks.finding import Fault, Faults, stops, warnings
from milkprice.data.checks.snapshot import Delivery, Memory
from milkprice.data.cleaning.tables import CleanTables
from milkprice.data.errors import DataFaultError
from milkprice.data.formats import names
from milkprice.data.settings import CleaningMode, Delays
from milkprice.logs import logger
from milkprice.settings import Gate

ALONE: tuple[Callable[[Delivery], Iterator[Fault]], ...] = (
    plausible.refused_cells,
    plausible.usual_levels,
    plausible.publication_delays,
    plausible.known_series,
)
BESIDE: tuple[Callable[[Delivery, Memory], Iterator[Fault]], ...] = (
    precedent.missing_months,
    precedent.columns,
    precedent.values,
    precedent.newest_month,
)


def intake(
    tables: CleanTables, memory: Memory | None, *, clean: CleaningMode, delays: Delays
) -> Faults:
    """Find what is wrong with what a source delivered.

    Args:
        tables: The cleaned tables.
        memory: What the champion knew; without it only those rules hold that need none.
        clean: How the central bank's numbers were read.
        delays: When each source is published.
    """
    came = Delivery(tables=tables, clean=clean, delays=delays)
    if memory is not None and clean != "repaired":  # read otherwise, not delivered otherwise
        memory = memory.without(names.MACRO_FILE)
    found = [one for rule in ALONE for one in rule(came)]
    if memory is not None:
        found += [one for rule in BESIDE for one in rule(came, memory)]
    return tuple(found)


def admit(found: Faults, *, gate: Gate) -> None:
    """Log what is only said, and stop for the rest unless that is forced.

    A gate that never promotes stops too: a model of faulty data is nothing to look at.

    Raises:
        DataFaultError: With everything that stops.
    """
    for reason in warnings(found):
        logger.warning("%s", reason)
    against = stops(found)
    if against and gate != "always":
        raise DataFaultError(faults=against)
    for reason in against:
        logger.warning("forced, although %s", reason)
