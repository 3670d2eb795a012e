"""The report of a run: its table and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.many_models.scenarios import ALONE, EVICTING, LOADED, FastPath, ScenarioRun
from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target, TargetResult, ratio

COLUMNS = ("the hot model", "req/s", "p50 ms", "p99 ms", "others: p50 ms", "p99 ms", "requests",
           "loaded", "evicted", "models MiB", "resident MiB")  # fmt: skip
TITLES = {
    ALONE: "alone in memory",
    LOADED: "with all in memory",
    EVICTING: "while others are loaded and evicted",
}
UNCHANGED = 1.25  # the p99 of loads of a few seconds varies by as much
P99_LOADED = Target(name="p99 with all in memory / alone", at_most=UNCHANGED)
P99_EVICTING = Target(name="p99 while others are loaded and evicted / alone", at_most=UNCHANGED)
MEMORY = Target(name="models' estimated memory / its limit", at_most=1.0)


def make_report(
    title: str,
    runs: Mapping[str, Sequence[ScenarioRun]],
    path: FastPath,
    environment: Mapping[str, Mapping[str, Any]],
    *,
    limit: float,
) -> Report:
    """Report a run; ``limit`` is that on the memory of models, in mebibytes."""
    rows = tuple(_row(TITLES[name], some) for name, some in runs.items())
    return Report(
        part="many_models",
        title="Many models in one predictor",
        tables=[Table(title=title, columns=COLUMNS, rows=rows)],
        targets=targets(runs, limit=limit),
        notes=[
            f"the fast path of a request, without its socket: {path.alone:.1f} us with its model "
            f"alone in memory, {path.loaded:.1f} us with all of them",
            "models MiB is the predictor's own estimate, which its limit is compared with",
        ],
        environment=environment,
        measurements={
            "runs": {name: [asdict(run) for run in some] for name, some in runs.items()},
            "fast_path": asdict(path),
        },
    )


def targets(runs: Mapping[str, Sequence[ScenarioRun]], *, limit: float) -> list[TargetResult]:
    """Compare the runs of each round with that of the model alone.

    Args:
        runs: All runs by scenario, round by round.
        limit: Mebibytes that the models may take in the scenario of evictions.
    """
    alone, loaded, evicting = (
        [run.hot.p99 for run in runs[name]] for name in (ALONE, LOADED, EVICTING)
    )
    estimated = [run.estimated for run in runs[EVICTING]]
    return [
        P99_LOADED.evaluate(ratio(loaded, alone)),
        P99_EVICTING.evaluate(ratio(evicting, alone)),
        MEMORY.evaluate(ratio(estimated, [limit] * len(estimated))),
    ]


def _row(title: str, runs: Sequence[ScenarioRun]) -> tuple[str, ...]:
    return (
        title,
        _median(runs, lambda run: run.hot.throughput),
        _median(runs, lambda run: run.hot.p50),
        _median(runs, lambda run: run.hot.p99),
        _median(runs, lambda run: run.others and run.others[0]),
        _median(runs, lambda run: run.others and run.others[1]),
        _median(runs, lambda run: run.requests),
        _median(runs, lambda run: run.loaded),
        _median(runs, lambda run: run.evictions),
        _median(runs, lambda run: run.estimated),
        _median(runs, lambda run: run.resident),
    )


def _median(runs: Sequence[ScenarioRun], number: Callable[[ScenarioRun], float | None]) -> str:
    values = [value for run in runs if (value := number(run)) is not None]
    return str(Summary.of(values)) if values else "-"
