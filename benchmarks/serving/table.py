"""The results for people, on a screen and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from benchmarks.serving.results import Measure, Results, Spread
from benchmarks.serving.servers import IMPORT, IMPORTED, LIMIT, OURS
from benchmarks.serving.targets import TARGETS, Target

HEADINGS = ("server", "req/s", "least - most", "ours is", "p50 ms", "p99 ms", "MiB", "ready s")
VERDICTS = ("ours to another", "wanted", "median", "least - most", "verdict")
NOTHING = "-"
STEADY = 1.3  # the limit does nothing that varies: where it does by more, the machine does


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table before it has a form.

    Attributes:
        title: What it shows.
        headings: One a column; the first column is text, the others are numbers.
        rows: The cells.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def for_screen(self) -> Table:
        """The table as rich draws it."""
        table = Table(title=self.title)
        for place, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if place else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """The table as Markdown."""
        rule = ("---", *("--:" for _ in self.headings[1:]))
        lines = (f"| {' | '.join(cells)} |" for cells in (self.headings, rule, *self.rows))
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n"


def sheets(results: Results, *, title: str) -> tuple[Sheet, Sheet]:
    """Put the results into a table of servers and a table of verdicts."""
    servers = [_server(results, one.name, one.title) for one in results.contenders]
    if IMPORT in results.turns:
        servers.append(_server(results, IMPORT, "import kserve, process ended"))
        servers.append(_server(results, IMPORTED, "import kserve, imported"))
    verdicts = tuple(_verdict(results, target) for target in TARGETS)
    return (
        Sheet(title=title, headings=HEADINGS, rows=tuple(servers)),
        Sheet(title="Targets, round by round", headings=VERDICTS, rows=verdicts),
    )


def notes(results: Results) -> list[str]:
    """Say what each server is, why one is not there, and whether the machine was busy."""
    limit = results.spread(LIMIT, "requests")
    unsteady = f"UNSTEADY: the limit ranged over {_range(limit, 0)} req/s; something else ran too"
    return [
        *(
            f"{one.title}: {f'ABSENT, {one.absent}' if one.absent else one.about}"
            for one in results.contenders
        ),
        *([unsteady] if limit and limit.most > STEADY * limit.least else []),
    ]


def _server(results: Results, name: str, title: str) -> tuple[str, ...]:
    def median(measure: Measure, digits: int) -> str:
        spread = results.spread(name, measure)
        return f"{spread.median:,.{digits}f}" if spread else NOTHING

    times = results.ratio(OURS, name, "requests") if name != OURS else None
    return (
        title if results.turns.get(name) else f"{title}: ABSENT",
        median("requests", 0),
        _range(results.spread(name, "requests"), 0),
        f"{times.median:.2f} x" if times else NOTHING,
        median("p50", 2),
        median("p99", 2),
        median("memory", 0),
        median("start", 2),
    )


def _verdict(results: Results, target: Target) -> tuple[str, ...]:
    ratio = target.ratio(results)
    if not ratio:
        return (target.sentence, target.wanted, NOTHING, NOTHING, "not measured")
    verdict = "met" if target.is_met(ratio) else "UNMET"
    if ratio.least < target.bound < ratio.most:
        verdict += ", not each round"
    return (target.sentence, target.wanted, f"{ratio.median:.2f}", _range(ratio, 2), verdict)


def _range(spread: Spread | None, digits: int) -> str:
    if not spread:
        return NOTHING
    return f"{spread.least:,.{digits}f} - {spread.most:,.{digits}f}"
