"""Data checks: whether a source may be trained on, decided before anything is.

The rules, in the order in which they report; each finds nothing, warns or stops the run.

    refused cells       stops  over 0.5 % of the cells could not be read
    usual levels        stops  a series is far from its usual level: another unit
    publication delays  warns  a file ends earlier than the others, by more than its delay
    known series        warns  a series of the central bank is missing that no model uses
    missing months      stops  months that the champion knew are gone
    columns             stops  a column that the champion was trained on is gone
                        warns  there is a new one that models use
    units               stops  a column was revised nearly everywhere by one factor
    revisions           stops  over a tenth of a file's past values are revised
                        warns  fewer are
    newest month        warns  nothing reaches further than what the champion knew

The first four need no champion (`plausibility`), the others compare with it (`continuity`). A stop
ends the run unless it is forced: ``gate=always``.
"""

from __future__ import annotations

from milkprice.data.checks import continuity, plausibility
from milkprice.data.checks.finding import Findings, stops, warnings
from milkprice.data.checks.snapshot import Reference, Snapshot
from milkprice.data.cleaning import CleanTables
from milkprice.data.errors import DataCheckError
from milkprice.data.formats import names
from milkprice.data.settings import CleaningMode, Delays
from milkprice.logs import logger
from milkprice.settings import Gate


def check_source(
    tables: CleanTables, reference: Reference | None, *, clean: CleaningMode, delays: Delays
) -> Findings:
    """Apply all rules to a source.

    Args:
        tables: The cleaned tables.
        reference: What the champion knew; without it only the rules apply that need none.
        clean: How the central bank's numbers were read.
        delays: When each file is published.
    """
    snapshot = Snapshot(tables=tables, clean=clean, delays=delays)
    findings = [finding for rule in plausibility.RULES for finding in rule(snapshot)]
    if reference is not None:
        if clean != "repaired":  # the numbers differ because they are read differently
            reference = reference.without(names.MACRO_FILE)
        findings += [one for rule in continuity.RULES for one in rule(snapshot, reference)]
    return tuple(findings)


def enforce(findings: Findings, *, gate: Gate) -> None:
    """Log warnings, and stop the run for the rest unless that is forced.

    A gate that never promotes stops too: a model of faulty data is not worth a look.

    Raises:
        DataCheckError: With every finding that stops.
    """
    for reason in warnings(findings):
        logger.warning("%s", reason)
    reasons = stops(findings)
    if reasons and gate != "always":
        raise DataCheckError(findings=reasons)
    for reason in reasons:
        logger.warning("forced, although %s", reason)
