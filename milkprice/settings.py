"""Options that several rooms share, and how lists of numbers are parsed from text.

Entry points build settings from flags and the environment, each checked once, where it is built.
Everything below takes them as arguments and never reads the environment itself.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Literal

from milkprice.errors import SettingError

Gate = Literal["better", "always", "never"]
CleaningMode = Literal["repaired", "notebook"]
Deployment = Literal["no", "champion", "canary"]  # what becomes of a predictor after a run
# What runs of earlier releases, and schedules of them, say for it.
DEPLOYMENTS: dict[str, Deployment] = {
    "no": "no", "false": "no", "champion": "champion", "true": "champion", "canary": "canary"
}  # fmt: skip
LARGEST_SEED = 2**32 - 1


def parse_numbers(text: str, *, option: str) -> tuple[float, ...]:
    """Numbers from ``1,2,3``."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingError(option=option, value=text, expected="numbers as 1,2,3") from error
    if not all(map(math.isfinite, values)):
        raise SettingError(option=option, value=text, expected="finite numbers as 1,2,3")
    return values


def parse_whole_numbers(text: str, *, option: str) -> tuple[int, ...]:
    """Whole numbers from ``1,2,3``."""
    values = parse_numbers(text, option=option)
    if any(value != int(value) for value in values):
        raise SettingError(option=option, value=text, expected="whole numbers as 1,2,3")
    return tuple(int(value) for value in values)


def parse_deployment(value: object) -> Deployment:
    """What is to become of a predictor, from a parameter, which once was true or false."""
    if (text := str(value).lower()) not in DEPLOYMENTS:
        raise SettingError(option="deploy", value=value, expected="one of no, champion, canary")
    return DEPLOYMENTS[text]


def check_seed(seed: int, *, option: str) -> None:
    """Raise ``SettingError`` where NumPy's generators refuse a seed."""
    if not 0 <= seed <= LARGEST_SEED:
        raise SettingError(option=option, value=seed, expected=f"0 to {LARGEST_SEED}")


def check_choice(value: str, choices: Collection[str], *, option: str) -> None:
    """Raise ``SettingError`` where a value is none of the choices."""
    if value not in choices:
        raise SettingError(option=option, value=value, expected=f"one of {', '.join(choices)}")


@dataclass(frozen=True)
class Delays:
    """Months after its own month in which a value is published.

    Attributes:
        prices: Of milk prices: that of a month is known when the month ends.
        rainfall: Of rainfall.
        macro: Of the central bank's series.
    """

    prices: int = 0
    rainfall: int = 1
    macro: int = 2

    def __post_init__(self) -> None:
        for source, months in asdict(self).items():
            if months < 0:  # would leak the future
                raise SettingError(option=f"delay of {source}", value=months, expected="0 or more")
