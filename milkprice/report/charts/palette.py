"""Colours by what they stand for: drawn as placeholders, shown as variables of the page's style.

The variables have a value for light and one for dark. Forecasts and baselines take after Okabe and
Ito's palette, which people with any colour vision tell apart, with enough contrast on either.
"""

from __future__ import annotations

NAMES = ("ink", "muted", "grid", "forecast", "baseline-1", "baseline-2")
LEVELS = 7  # of a heat map, the worst first


def _placeholder(place: int) -> str:
    return f"#0a0b{place:02x}"


_ALL = (
    *NAMES,
    *(f"heat-{level}" for level in range(LEVELS)),
    *(f"on-heat-{level}" for level in range(LEVELS)),
)
PLACEHOLDERS = {name: _placeholder(place) for place, name in enumerate(_ALL)}
VARIABLES = {colour: f"var(--{name})" for name, colour in PLACEHOLDERS.items()}

INK, MUTED, GRID, FORECAST, *BASELINES = (PLACEHOLDERS[name] for name in NAMES)
HEAT = tuple(PLACEHOLDERS[f"heat-{level}"] for level in range(LEVELS))
ON_HEAT = tuple(PLACEHOLDERS[f"on-heat-{level}"] for level in range(LEVELS))
