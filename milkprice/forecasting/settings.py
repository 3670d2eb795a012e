"""Settings of forecasting: the backtest, the data that each forecast sees, the forecasters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from milkprice.errors import SettingError
from milkprice.settings import Delays, parse_whole_numbers

LONGEST_HORIZON = 12  # months ahead
LEAST_WINDOW = 12  # months; last year's price is a baseline
HORIZONS_DEFAULT = "1,3,6,12"
ALL_FORECASTERS = "all"


@dataclass(frozen=True, kw_only=True)
class ForecastSettings:
    """How future months are forecast, and past ones in a backtest.

    Attributes:
        horizons: Months ahead at which forecasters are evaluated.
        months: Newest months that they are evaluated on.
        selection_months: Months before those, by which the first ensembles are selected.
        window: Months of the past that each forecast sees (sliding); None for all of them
            (expanding).
        delays: When each source is published.
        forecasters: Their names; none means all of them.
    """

    horizons: tuple[int, ...] = (1, 3, 6, 12)
    months: int = 40
    selection_months: int = 60
    window: int | None = None
    delays: Delays = field(default_factory=Delays)
    forecasters: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The settings as JSON has them."""
        lists = {"horizons": list(self.horizons), "forecasters": list(self.forecasters)}
        return {**asdict(self), **lists}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ForecastSettings:
        """Settings from what ``plain`` gave."""
        return msgspec.convert(plain, cls)

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or max(self.horizons) > LONGEST_HORIZON:
            raise SettingError(
                option="horizons",
                value=self.horizons,
                expected=f"numbers of 1 to {LONGEST_HORIZON}",
            )
        for option, value, least in (
            ("months", self.months, 1),
            ("selection_months", self.selection_months, 0),
            ("window", LEAST_WINDOW if self.window is None else self.window, LEAST_WINDOW),
        ):
            if value < least:
                raise SettingError(option=option, value=value, expected=f"{least} or more")


def forecast_settings(
    *,
    horizons: str = HORIZONS_DEFAULT,
    window: int = 0,
    price_delay: int = Delays.prices,
    rainfall_delay: int = Delays.rainfall,
    macro_delay: int = Delays.macro,
    forecasters: str = ALL_FORECASTERS,
) -> ForecastSettings:
    """The options of forecasting, as a command line and a pipeline have them, as one value.

    A window of 0 months is none, and ``all`` means all forecasters: a pipeline's parameter has to
    have a value.
    """
    return ForecastSettings(
        horizons=tuple(sorted(set(parse_whole_numbers(horizons, option="horizons")))),
        window=window or None,
        delays=Delays(prices=price_delay, rainfall=rainfall_delay, macro=macro_delay),
        forecasters=forecaster_names(forecasters),
    )


def forecaster_names(text: str) -> tuple[str, ...]:
    """Names from ``one; another``; none for ``all``.

    Raises:
        SettingError: There is no forecaster of such a name.
    """
    if text == ALL_FORECASTERS:
        return ()
    from milkprice.forecasting.forecasters import select_forecasters  # slow, and seldom needed

    chosen = tuple(map(str.strip, text.split(";")))
    select_forecasters(chosen, Delays())
    return chosen
