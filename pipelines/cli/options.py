"""Options that the pipeline commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milkprice.errors import SettingError

BUILD = Path("build")
MAIN = "milk_price"

NameArgument = Annotated[
    str,
    typer.Argument(help="milk_price, data_processing, training, many_series or batch_predict."),
]
FolderOption = Annotated[Path, typer.Option(help="Folder for compiled files.")]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", help="A parameter as name=value; lists as JSON."),
]

EndpointOption = Annotated[
    str | None,
    typer.Option(help="Address of Kubeflow Pipelines.", envvar="KF_PIPELINES_ENDPOINT"),
]
NamespaceOption = Annotated[
    str | None, typer.Option(help="Namespace, in a multi-user Kubeflow.", envvar="KF_NAMESPACE")
]
TokenOption = Annotated[
    str | None, typer.Option(help="Bearer token.", envvar="KF_PIPELINES_TOKEN", show_default=False)
]


def given(parameters: list[str]) -> dict[str, str]:
    """Parameters from ``name=value`` texts."""
    pairs = [text.partition("=") for text in parameters]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise SettingError(option="parameter", value=name, expected="name=value")
    return {name: value for name, _, value in pairs}
