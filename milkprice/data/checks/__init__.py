"""Data checks: whether a source may be trained on, decided before anything is.

The rules, in the order in which they report; each finds nothing, warns or stops the run.

    refused cells       stops  over 0.5 % of the cells could not be read
    usual price         stops  the milk price is far from its usual level: another unit or product
    usual levels        stops  another series is far from its usual level: another unit
    publication delays  warns  a file ends earlier than the others, by more than its delay
    known series        warns  a series of the central bank is missing that no model uses
    price jump          stops  another product's price is far from its own year before: another unit
    missing months      stops  months that the champion knew are gone
    columns             stops  a column that the champion was trained on is gone
                        warns  there is a new one that models use
    units               stops  a column was revised nearly everywhere by one factor
    revisions           stops  over a tenth of a file's past values are revised
                        warns  fewer are
    newest month        warns  nothing reaches further than what the champion knew

The first five need no champion, the others compare with it; a price jump is looked for in the
months that the champion did not know. A stop ends the run unless it is forced: ``gate=always``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milkprice.data.checks.snapshot import (
    Reference,
    Snapshot,
    by_file,
    common_columns,
    cut_off,
    factors,
    jumps_of,
    kinds_differ,
    relative_changes,
)
from milkprice.data.cleaning import CleanTables, quarantine
from milkprice.data.errors import DataCheckError
from milkprice.data.formats import names
from milkprice.data.formats.series import (
    PRICE_JUMP,
    PRICE_MONTHS,
    Level,
    macro_levels,
    macro_series,
    price_levels,
    rain_levels,
)
from milkprice.documents import FieldError, decode, encode
from milkprice.logs import logger
from milkprice.registry.errors import BundleFormatError
from milkprice.settings import CleaningMode, Delays, Gate
from milkprice.text import and_others, join_names, month_span, pluralize

FILE = "findings.json"

# The real files have 24 refused cells among 51,000; ten times that is another kind of file.
MOST_REFUSED = 0.005

# National accounts are revised all the time, the latest quarters most. A tenth of everything is no
# revision but another unit, another base year or another file.
LEAST_REVISION = 1e-6  # relative; less is the file's own rounding
MOST_REVISED = 0.10


@dataclass(frozen=True)
class Finding:
    """Something wrong with a source.

    Attributes:
        rule: Name of the rule that reports it.
        stop: Whether it keeps anything from being trained; otherwise it is a warning.
        reason: One sentence without a full stop.
    """

    rule: str
    stop: bool
    reason: str


Findings = tuple[Finding, ...]

# What these say of a source holds for one model name only: under another they do not look.
BY_NAME = frozenset({"usual price", "missing months", "columns", "units", "revisions"})


def stops(findings: Sequence[Finding]) -> list[str]:
    """Reasons of the findings that keep anything from being trained."""
    return [finding.reason for finding in findings if finding.stop]


def warnings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Reasons of the findings that do not."""
    return tuple(finding.reason for finding in findings if not finding.stop)


def to_json(findings: Mapping[str, Findings]) -> bytes:
    """Write findings by the model whose champion was the reference."""
    return encode(findings)


def from_json(data: bytes, *, where: str) -> dict[str, Findings]:
    """Read findings by model."""
    try:
        return decode(data, dict[str, Findings])
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{FILE} {error}") from error


def check_source(
    tables: CleanTables,
    reference: Reference | None,
    *,
    clean: CleaningMode,
    delays: Delays,
    is_milk: bool = True,
) -> Findings:
    """Apply all rules to a source.

    Args:
        tables: The cleaned tables.
        reference: What the champion knew; None where there is none.
        clean: How the tables were cleaned.
        delays: Publication delays.
        is_milk: Whether the price is that of milk at the farm gate, whose usual level is known; the
            price of another product is compared with itself.
    """
    snapshot = Snapshot(tables=tables, clean=clean, delays=delays, is_milk=is_milk)
    findings = [finding for rule in PLAUSIBILITY_RULES for finding in rule(snapshot)]
    findings += price_jump(snapshot, reference)
    if reference is not None and reference.file != snapshot.file:
        findings.append(Finding("columns", stop=True, reason=kinds_differ(snapshot, reference)))
    elif reference is not None:
        if clean != "repaired":  # the numbers differ because they are read differently
            reference = reference.without(names.MACRO_FILE)
        findings += [one for rule in CONTINUITY_RULES for one in rule(snapshot, reference)]
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
        by_name = all(finding.rule in BY_NAME for finding in findings if finding.stop)
        raise DataCheckError(findings=reasons, by_name=by_name)
    for reason in reasons:
        logger.warning("forced, although %s", reason)


def refused_cells(snapshot: Snapshot) -> Iterator[Finding]:
    """Too many cells that could not be read."""
    cells = quarantine.refused_cells(snapshot.tables.quarantine)
    if len(cells) > MOST_REFUSED * snapshot.cells:
        reason = (
            f"{len(cells)} of {snapshot.cells} cells were refused, over {MOST_REFUSED:.1%}: "
            f"{quarantine.examples(cells)}"
        )
        yield Finding("refused cells", stop=True, reason=reason)


def usual_price(snapshot: Snapshot) -> Iterator[Finding]:
    """The milk price so far from its usual level that it is in another unit, or another price."""
    if snapshot.is_milk and not snapshot.file:
        levels, rule, cause = price_levels(), "usual price", "unit or another product"
        prices = snapshot.tables.prices
        yield from _unusual(names.PRICES_FILE, prices, levels, rule=rule, cause=cause)


def usual_levels(snapshot: Snapshot) -> Iterator[Finding]:
    """Other series so far from their usual level that they must be in another unit."""
    tables = snapshot.tables
    if snapshot.file:  # names of one's own have no usual level
        return
    yield from _unusual(names.RAINFALL_FILE, tables.rainfall, rain_levels())
    if snapshot.clean == "repaired":  # read as earlier work did, they have no unit
        levels = macro_levels(list(tables.macro.columns))
        yield from _unusual(names.MACRO_FILE, tables.macro, levels)


def publication_delays(snapshot: Snapshot) -> Iterator[Finding]:
    """Files that end earlier than the others, by more than they are published later."""
    published = {file: end + snapshot.delay(file) for file, end in snapshot.ends.items()}
    newest = max(published.values())
    for file, month in published.items():
        if month < newest:
            delay, end = snapshot.delay(file), snapshot.ends[file]
            due = newest - delay
            late = pluralize(due.ordinal - end.ordinal, "month")
            reason = (
                f"{file} is {late} late: it ends in {end}; beside the other files, and "
                f"with a delay of {pluralize(delay, 'month')}, {due} should be there"
            )
            yield Finding("publication delays", stop=False, reason=reason)


def known_series(snapshot: Snapshot) -> Iterator[Finding]:
    """Missing series that no model uses; a file without one that models use is not even read.

    In ``notebook`` mode only the series that models use are read, so nothing can be said.
    """
    known = macro_series()
    missing = [name for name in known if name not in snapshot.tables.macro]
    if missing and snapshot.clean == "repaired" and not snapshot.file:
        reason = (
            f"{names.MACRO_FILE} lacks {join_names(missing)} of its {len(known)} series; no "
            "model uses these"
        )
        yield Finding("known series", stop=False, reason=reason)


PLAUSIBILITY_RULES = (refused_cells, usual_price, usual_levels, publication_delays, known_series)


def price_jump(snapshot: Snapshot, reference: Reference | None) -> Iterator[Finding]:
    """The price of another product, a power of ten away from all of its own year before.

    What the champion knew is left to the rules that compare with it.
    """
    file, prices = snapshot.file or names.PRICES_FILE, snapshot.tables.prices.iloc[:, 0]
    jumps = jumps_of(prices, PRICE_MONTHS, factor=PRICE_JUMP)
    if reference is not None and file in reference.ends:
        jumps = jumps[jumps.index > reference.ends[file]]
    if (snapshot.file or not snapshot.is_milk) and len(jumps):
        jump = jumps.iloc[0]
        reason = (
            f"{file}: {prices.name} of {jump.name} is {jump.value:g}, in the "
            f"{PRICE_MONTHS} months before it was {jump.least:g} to {jump.most:g}, another unit"
        )
        yield Finding("price jump", stop=True, reason=reason)


def _unusual(
    file: str,
    table: pd.DataFrame,
    levels: Mapping[str, Level],
    *,
    rule: str = "usual levels",
    cause: str = "unit",
) -> Iterator[Finding]:
    means = {name: _newest_mean(table[name], level.months) for name, level in levels.items()}
    unusual = [
        name for name, mean in means.items() if not (mean is None or levels[name].fits(mean))
    ]
    if unusual:
        first = unusual[0]
        level = levels[first]
        reason = (
            f"{file}: {first} has a mean of {means[first]:.3g} in its newest {level.months} "
            f"months where about {level.typical:g} {level.unit} is usual, another "
            f"{cause}{and_others(unusual)}"
        )
        yield Finding(rule, stop=True, reason=reason)


def _newest_mean(values: pd.Series, months: int) -> float | None:
    known = values.to_numpy()[~np.isnan(values)][-months:]
    return float(known.mean()) if len(known) else None


def missing_months(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Months that the champion knew and that are gone, of all columns of a file or of some."""
    now = snapshot.series
    for file, before in by_file(common_columns(reference.series, now), snapshot.file).items():
        gone = before.notna() & now.reindex(before.index)[list(before.columns)].isna()
        months = before.index[gone.any(axis=1)].union(cut_off(snapshot, reference, file))
        if len(months):
            columns = list(before.columns[gone.any()])
            some = 0 < len(columns) < before.shape[1]
            where = f" of {join_names(columns)}" if some else ""
            reason = f"{file} lacks {month_span(list(months))}{where} that the champion knew"
            yield Finding("missing months", stop=True, reason=reason)


def known_columns(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Columns the champion was trained on that are gone, and new ones that models use."""
    now = snapshot.series
    for file, before in by_file(reference.series, snapshot.file).items():
        gone = [name for name in before.columns if name not in now]
        if gone:
            reason = f"{file} lacks {join_names(gone)}, which the champion was trained on"
            yield Finding("columns", stop=True, reason=reason)
    new = [name for name in snapshot.used if name not in reference.series]
    file = snapshot.file or names.MACRO_FILE
    if new and file in reference.ends:
        reason = f"{file} has {join_names(new)}, which the champion did not know"
        yield Finding("columns", stop=False, reason=reason)


def past_values(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Past values that differ now: columns in another unit, and revisions of all others."""
    series = snapshot.series
    before = common_columns(reference.series, series)
    now = series.reindex(before.index)[list(before.columns)]
    rescaled = factors(now, before)
    yield from _units(before, rescaled, snapshot.file)
    yield from _revisions(now, before.drop(columns=list(rescaled)), snapshot.file)


def newest_month(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """No file that reaches further than what the champion knew."""
    ends = snapshot.ends
    if all(ends.get(file) == end for file, end in reference.ends.items()):
        newest = max(reference.ends.values())
        reason = f"nothing new: the newest month is still {newest}"
        yield Finding("newest month", stop=False, reason=reason)


CONTINUITY_RULES = (missing_months, known_columns, past_values, newest_month)


def _units(before: pd.DataFrame, rescaled: dict[str, float], one: str | None) -> Iterator[Finding]:
    for file, part in by_file(before, one).items():
        columns = [str(name) for name in part.columns if str(name) in rescaled]
        if columns:
            reason = (
                f"{file}: {columns[0]} is {rescaled[columns[0]]:.4g} times what the champion knew "
                f"in nearly every month, another unit or base year{and_others(columns)}"
            )
            yield Finding("units", stop=True, reason=reason)


def _revisions(now: pd.DataFrame, before: pd.DataFrame, one: str | None) -> Iterator[Finding]:
    for file, part in by_file(before, one).items():
        old, new = part.to_numpy(), now[list(part.columns)].to_numpy()
        changes = relative_changes(new, old)
        revised = int((changes > LEAST_REVISION).sum())
        compared = int((~np.isnan(changes)).sum())
        if revised:
            row, column = divmod(int(np.nanargmax(changes)), changes.shape[1])
            stop = revised > MOST_REVISED * compared
            over = f", over {MOST_REVISED:.0%}" if stop else ""
            reason = (
                f"{file}: {revised} of {compared} past values revised{over}, most of all "
                f"{part.columns[column]} of {part.index[row]}: {old[row, column]:g} is now "
                f"{new[row, column]:g}"
            )
            yield Finding("revisions", stop=stop, reason=reason)
