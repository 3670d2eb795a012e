"""The pipelines' steps: each reads files, calls one stage or room and writes files.

A step has the arguments of its component, which describes them, and returns the metadata of what
it wrote. It knows nothing of the system that runs it. Here is what several of them read and write.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import pandas as pd

from milkprice.cluster import DeploySettings, check_traffic
from milkprice.data.cleaning import CleanTables
from milkprice.data.tables import (
    MACRO_TABLE,
    PRICE_TABLE,
    RAINFALL_TABLE,
    read_frame,
    read_months,
    read_table,
)
from milkprice.errors import SettingError
from milkprice.files import sha256, write_bytes
from milkprice.forecasting.settings import forecast_settings
from milkprice.registry import RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import parse_deployment
from milkprice.training.scores import Evaluation
from milkprice.training.settings import training_settings
from milkprice.validation.gate import champion_of
from milkprice.workflow import RunSettings

if TYPE_CHECKING:
    from milkprice.batch import BatchSettings

Parameters = Mapping[str, Any]
Metadata = dict[str, Any]
Settings = TypeVar("Settings")
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # prices, rainfall, macro


def check_parameters(parameters: Parameters) -> None:
    """Build the settings that a pipeline's parameters give, so that wrong ones are refused at once.

    Args:
        parameters: Those of a pipeline by name; each means the same in all that have it. What a
            pipeline lacks has its default, and what is no option is passed over.

    Raises:
        SettingError: One has an invalid value.
    """
    for settings in _batch(parameters) if "input" in parameters else _runs(parameters):
        open_store(settings.registry, settings.store)


def _batch(parameters: Parameters) -> Iterator[BatchSettings]:
    from milkprice.batch.settings import BatchSettings, parse_columns

    yield _build(BatchSettings, parameters, keep=parse_columns(parameters["keep"]))


def _runs(parameters: Parameters) -> Iterator[RunSettings]:
    for model in _models(parameters):
        values = {**parameters, **model}
        training = _build(training_settings, values)
        forecast = _build(forecast_settings, values)
        deploy = parse_deployment(parameters.get("deploy", "no"))
        yield _build(RunSettings, values, training=training, forecast=forecast, cache=Path(),
                     store=StoreSettings(), deploy=deploy)  # fmt: skip
        if deploy != "no":
            _build(DeploySettings, values, model=training.name)
            check_traffic(parameters.get("traffic"))


def _models(parameters: Parameters) -> Iterator[dict[str, str]]:
    """The parameters in which models that are trained side by side differ."""
    if "models" not in parameters:
        # Of many series there is the beginning of their models' names.
        yield {"name": parameters["model"], "series": ""} if "model" in parameters else {}
        return
    names: set[str] = set()
    for one in parameters["models"] or [None]:
        known = isinstance(one, dict) and one.keys() == {"model", "features"}
        texts = known and all(isinstance(value, str) for value in one.values())
        if not texts or one["model"] in names:
            expected = 'one or more of {"model": name, "features": feature set}, each name once'
            raise SettingError(option="models", value=parameters["models"], expected=expected)
        names.add(one["model"])
        yield {"name": one["model"], "features": one["features"]}


def _build(build: Callable[..., Settings], parameters: Parameters, **more: Any) -> Settings:
    """Call with those of the parameters that it has by name."""
    names = inspect.signature(build).parameters
    return build(**{key: one for key, one in parameters.items() if key in names} | more)


def file_metadata(path: Path) -> Metadata:
    """Size and hash of a file."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": sha256(data)}


def table_metadata(table: pd.DataFrame, path: Path) -> Metadata:
    """Rows, columns, months, size and hash of a monthly table."""
    months = {"first": str(table.index.min()), "last": str(table.index.max())} if len(table) else {}
    size = {"rows": len(table), "columns": len(table.columns)}
    return {**size, **months, **file_metadata(path)}


def write_hashes(hashes: dict[str, str], hashes_path: str) -> None:
    """Write the hashes of files by name as JSON.

    They are a file and not a parameter because the local runner takes every parameter of a
    loop's step that comes from a task for the loop's own item.
    """
    write_bytes(orjson.dumps(hashes, option=orjson.OPT_SORT_KEYS), Path(hashes_path))


def read_tables(prices: str, rainfall: str, macro: str) -> Tables:
    """Read the three cleaned tables back."""
    return (
        read_table(Path(prices), PRICE_TABLE),
        read_table(Path(rainfall), RAINFALL_TABLE),
        read_table(Path(macro), MACRO_TABLE),
    )


def read_clean(prices: str, rainfall: str, macro: str, quarantine: str) -> CleanTables:
    """Read the cleaned tables and the quarantine report back."""
    return CleanTables(*read_tables(prices, rainfall, macro), read_frame(Path(quarantine)))


def read_evaluation(scores_path: str, forecasts_path: str) -> Evaluation:
    """Read the scores and forecasts of held-out months back."""
    metrics = orjson.loads(Path(scores_path).read_bytes())
    return Evaluation.of(metrics, read_months(Path(forecasts_path)))


def read_champion(
    name: str, *, alias: str, registry: str, settings: StoreSettings, keys: VerifyingKeys | None
) -> Bundle | None:
    """The version that an alias points at; None where the model or the alias is new.

    One of the keys must have signed both; None looks at no signature.
    """
    return champion_of(RegistryReader(open_store(registry, settings), keys=keys), name, alias)


def escape_markdown(text: str) -> str:
    """A text with names from outside, on one line and without marks of HTML or of tables."""
    return escape(" ".join(text.split()), quote=False).replace("|", r"\|")


def markdown_table(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, floats with two decimals."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def frame_table(frame: pd.DataFrame) -> str:
    """A frame as a Markdown table."""
    return markdown_table(list(frame.columns), frame.to_numpy().tolist())


def write_text(text: str, path: str) -> None:
    """Write a page or a Markdown summary."""
    write_bytes(text.encode(), Path(path))


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else escape_markdown(str(value))
