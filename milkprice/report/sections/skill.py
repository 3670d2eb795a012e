"""How good forecasts were at each horizon, beside what anybody could have said."""

from __future__ import annotations

from collections.abc import Iterator

from milkprice.forecasting.document import Coverage, Forecast, LeaderboardRow
from milkprice.report.charts.skill import skill_chart
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, figure, section, table
from milkprice.report.numbers import count, decimal, p_value, share, signed

_HEAD = ("MAE", "RMSE", "MAPE", "MASE", "gain", "gain, 95 % interval", "p", "months")


def skill(content: ReportContent) -> Html:
    """The chart of errors by horizon, the standings and how well intervals held."""
    forecast = content.forecast
    intro = (
        "Each past month was forecast from what was known then. A line below those of the "
        "baselines is skill; the tables say how much, and how likely so large a difference is if "
        "both were equally good (p)."
    )
    if not forecast.leaderboard:
        nothing = element("p", "No past months were forecast.", class_="note")
        return section("skill-by-horizon", "Skill by horizon", intro, nothing)
    return section(
        "skill-by-horizon",
        "Skill by horizon",
        intro,
        figure(
            skill_chart(forecast),
            title="Mean absolute error by months ahead, CLP per litre",
            key=_key(forecast),
        ),
        *_standings(forecast),
        *_coverage(forecast),
    )


def _key(forecast: Forecast) -> Html | None:
    named = {forecast.forecaster, *forecast.future[0].baselines}
    if named >= {one.forecaster for one in forecast.leaderboard}:
        return None
    return element("p", "Thin lines are others that were tried.", class_="key")


def _standings(forecast: Forecast) -> Iterator[Html]:
    for horizon in sorted({one.horizon for one in forecast.leaderboard}):
        here = [one for one in forecast.leaderboard if one.horizon == horizon]
        ahead = f"{horizon} month{'' if horizon == 1 else 's'} ahead"
        caption = f"{ahead}: errors in CLP per litre, gains over {here[0].baseline}"
        rows = (_row(one, forecast.forecaster) for one in here)
        yield table(caption, (Words("forecaster"), *_HEAD), rows)


def _row(one: LeaderboardRow, ours: str) -> tuple[object, ...]:
    found = one.accuracy
    return (
        element("strong", one.forecaster) if one.forecaster == ours else one.forecaster,
        decimal(found.mae),
        decimal(found.rmse),
        share(found.mape, 1),
        decimal(found.mase),
        *_gain(one),
        count(found.months),
    )


def _gain(one: LeaderboardRow) -> tuple[str, str, str]:
    if one.comparison is None:
        return "baseline", "", ""
    against = one.comparison
    between = f"{signed(against.low, 1)} to {signed(against.high, 1)}"
    return signed(against.gain), between, p_value(against.p_value)


def _coverage(forecast: Forecast) -> Iterator[Html]:
    if not forecast.coverage:
        return
    levels = sorted({one.level for one in forecast.coverage})
    found = {(one.horizon, one.level): one for one in forecast.coverage}
    head = ("months ahead", *(name for level in levels for name in _names(level)))
    rows = (
        (str(horizon), *(cell for level in levels for cell in _held(found.get((horizon, level)))))
        for horizon in sorted({one.horizon for one in forecast.coverage})
    )
    yield table("How many past prices the intervals held", head, rows)


def _names(level: float) -> tuple[str, str]:
    return f"held by {share(level)} intervals", "of months"


def _held(one: Coverage | None) -> tuple[str, str]:
    return (share(None), share(None)) if one is None else (share(one.share), count(one.months))
