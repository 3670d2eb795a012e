"""What came out, as a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.document import Document
from benchmarks.many_models.fastpath import FastPath
from benchmarks.many_models.targets import verdicts
from benchmarks.many_models.turns import ALONE, AMONG, PASSING, Turn
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread

HEADINGS = ("the hot model", "req/s", "p50 ms", "p99 ms", "others: p50 ms", "p99 ms", "asked",
            "loaded", "evicted", "models MiB", "resident MiB")  # fmt: skip
TITLES = {
    ALONE: "alone in memory",
    AMONG: "with all in memory",
    PASSING: "while all others pass through",
}
NOTHING = "-"


def document(
    title: str,
    turns: Mapping[str, Sequence[Turn]],
    path: FastPath,
    facts: Mapping[str, Mapping[str, Any]],
    *,
    limit: float,
) -> Document:
    """Put a run into tables; ``limit`` is what the models may take, in mebibytes."""
    rows = tuple(_row(TITLES[name], some) for name, some in turns.items())
    return Document(
        part="many_models",
        title="Many models in one predictor",
        sheets=[Sheet(title=title, headings=HEADINGS, rows=rows)],
        verdicts=verdicts(turns, limit=limit),
        notes=[
            f"the short way of a request, without its socket: {path.alone:.1f} us with its model "
            f"alone in memory, {path.among:.1f} us with all of them there",
            "models MiB is the predictor's own estimate, the one that its limit is held against",
        ],
        facts=facts,
        measured={
            "turns": {name: [asdict(turn) for turn in some] for name, some in turns.items()},
            "fast_path": asdict(path),
        },
    )


def _row(title: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    return (
        title,
        _median(turns, lambda turn: turn.hot.requests),
        _median(turns, lambda turn: turn.hot.p50),
        _median(turns, lambda turn: turn.hot.p99),
        _median(turns, lambda turn: turn.others and turn.others[0]),
        _median(turns, lambda turn: turn.others and turn.others[1]),
        _median(turns, lambda turn: turn.asked),
        _median(turns, lambda turn: turn.loaded),
        _median(turns, lambda turn: turn.evictions),
        _median(turns, lambda turn: turn.estimated),
        _median(turns, lambda turn: turn.resident),
    )


def _median(turns: Sequence[Turn], number: Callable[[Turn], float | None]) -> str:
    values = [value for turn in turns if (value := number(turn)) is not None]
    return str(Spread.of(values)) if values else NOTHING
