"""The project's own job as benchmarks run it: on one forecaster, into a registry in a folder."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from milkprice import runtime
from milkprice.data.sources import RawFiles, read_source
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.workflow import Outcome, RunSettings, run

CACHE = Path.home() / ".cache" / "milkprice"
FORECASTER = "seasonal drift, 3 years"


def read_raw_files(source: str) -> RawFiles:
    """Read the raw files of ``sample``, ``challenge`` or a folder."""
    return read_source(source, cache=CACHE, settings=StoreSettings.from_environment(os.environ))


def run_job(registry: Path, *, step: Any = nullcontext, **settings: Any) -> Outcome:
    """Train and publish.

    Args:
        registry: The folder of the registry.
        step: Called with the name of each stage; a context manager around it.
        settings: Other fields of `RunSettings`.
    """
    defaults = {
        "forecast": ForecastSettings(forecasters=(FORECASTER,)),
        "cache": CACHE,
        "store": StoreSettings.from_environment(os.environ),
    }
    options = RunSettings(registry=str(registry), **{**defaults, **settings})
    return run(options, now=runtime.now(), step=step)
