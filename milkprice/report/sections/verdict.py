"""The verdict on top, and the few numbers that most readers came for."""

from __future__ import annotations

from milkprice.forecasting.document import Forecast, LeaderboardRow
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, element
from milkprice.report.numbers import decimal, interval, months, price
from milkprice.validation.gate import Check, Verdict


def banner(verdict: Verdict) -> Html:
    """Whether the model was promoted, why, and what was looked at."""
    kind, title = _outcome(verdict)
    held = f" Held against {verdict.champion}." if verdict.champion else ""
    return element(
        "section",
        element("h2", title, id="verdict"),
        element("p", f"{_sentence(verdict.reason)}{held}"),
        *([_checks(verdict)] if verdict.checks or verdict.warnings else []),
        class_=f"banner {kind}",
        aria_labelledby="verdict",
    )


def key_figures(content: ReportContent) -> Html:
    """The next month's price, how far off such forecasts are, how much they learnt from."""
    figures = (_next_month(content.forecast), _error(content.forecast), _data(content.forecast))
    cards = (
        element("div", element("dt", name), element("dd", element("strong", value), note))
        for name, value, note in figures
    )
    heading = element("h2", "In three numbers", id="key-figures")
    return element("section", heading, element("dl", *cards), aria_labelledby="key-figures")


def _outcome(verdict: Verdict) -> tuple[str, str]:
    if not verdict.promote:
        return "refused", "Not promoted"
    return ("forced", "Promoted by force") if verdict.forced else ("promoted", "Promoted")


def _checks(verdict: Verdict) -> Html:
    shown = (*map(_check, verdict.checks), *map(_warning, verdict.warnings))
    return element("ul", *shown, class_="checks")


def _check(check: Check) -> Html:
    mark = element(
        "span",
        "\N{HEAVY CHECK MARK} passed" if check.passed else "\N{HEAVY BALLOT X} failed",
        class_="mark passed" if check.passed else "mark failed",
    )
    return element(
        "li", mark, " ", element("span", element("strong", check.name), f": {check.reason}")
    )


def _warning(reason: str) -> Html:
    mark = element("span", "! warning", class_="mark warned")
    return element("li", mark, " ", element("span", reason))


def _next_month(forecast: Forecast) -> tuple[str, str, str]:
    ahead = forecast.future[0]
    note = f"80 % interval {interval(ahead.interval_80)}"
    return f"Forecast for {ahead.month}, CLP per litre", price(ahead.price), note


def _error(forecast: Forecast) -> tuple[str, str, str]:
    nearest = min((one.horizon for one in forecast.leaderboard), default=1)
    name = f"Mean absolute error, {months(nearest)} ahead"
    here = {one.forecaster: one for one in forecast.leaderboard if one.horizon == nearest}
    ours = here.get(forecast.forecaster)
    if ours is None:
        return name, decimal(None), "not measured"
    return name, decimal(ours.accuracy.mae), _against(ours, here.get(ours.baseline))


def _against(ours: LeaderboardRow, best: LeaderboardRow | None) -> str:
    if best is None or best is ours:
        return "itself the best baseline"
    return f"best baseline, {best.forecaster}: {decimal(best.accuracy.mae)}"


def _data(forecast: Forecast) -> tuple[str, str, str]:
    note = f"of prices, {forecast.start} to {forecast.origin}"
    return "Learnt from", months(len(forecast.prices)), note


def _sentence(reason: str) -> str:
    """A reason as a sentence: it comes in lower case and without a full stop."""
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""
