"""Compiling, and running the compiled file on this machine."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markdown import Markdown
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import Json
from milkprice.cli.output import emit, print_table, stdout
from milkprice.cli.tables import (
    MONTHS_SHOWN,
    evaluation_payload,
    show_checks,
    show_forecast,
    show_scores,
    show_skill,
)
from milkprice.data.formats import names
from pipelines.cli import import_kfp
from pipelines.cli.options import (
    BUILD,
    MAIN,
    FolderOption,
    NameArgument,
    ParameterOption,
    given,
)
from pipelines.cli.progress import steps
from pipelines.prefork import prefork_server

if TYPE_CHECKING:
    from milkprice.forecasting.document import Forecast
    from pipelines.local import LocalRun
    from pipelines.results import ModelResult

COMPILED = "pipelines"  # among what is cached
HERE = Path("registry")  # of a run on this machine, where none is named


class RunnerChoice(str, Enum):
    """Where the steps of a local run live."""

    subprocess = "subprocess"
    docker = "docker"


def compile_all(folder: FolderOption = BUILD, as_json: Json = False) -> None:
    """Compile all pipelines into files that the Kubeflow page takes."""
    from pipelines.compiled import PIPELINES, compile_pipeline

    import_kfp()
    compiled = [compile_pipeline(name, folder) for name in PIPELINES]
    rows = [
        {"file": str(one.path), "pipeline": one.name, "parameters": len(one.parameters)}
        for one in compiled
    ]
    values = [row.values() for row in rows]
    emit(rows, as_json=as_json, show=lambda: print_table("Compiled pipelines", rows[0], values))


def run_on_this_machine(
    name: NameArgument = MAIN,
    parameter: ParameterOption = None,
    runner: Annotated[
        RunnerChoice, typer.Option(help="Steps as processes, or in their image.")
    ] = RunnerChoice.subprocess,
    folder: FolderOption = BUILD,
    root: Annotated[Path, typer.Option(help="Folder for runs.")] = BUILD / "runs",
    as_json: Json = False,
) -> None:
    """Compile a pipeline and run the compiled file on this machine.

    Without a registry named, models go to the folder registry, as with milkprice run.
    """
    with _python(runner) as python:  # a warm one imports while this one does
        place = root / runtime.now().strftime("%Y%m%dT%H%M%S.%f")
        done = _run(name, parameter or [], runner, python=python, folder=folder, root=place)
    from milkprice.forecasting.codec import response_fields
    from pipelines.results import forecast_of, model_results, summaries

    results, forecast = model_results(done.folder), forecast_of(done.folder)
    emit(
        {
            "folder": str(done.folder),
            "log": str(done.log),
            "ahead": [response_fields(month) for month in forecast.future] if forecast else [],
            "models": [
                {
                    "version": one.version,
                    "outcome": one.outcome,
                    "verdict": asdict(one.verdict),
                    "report": str(one.report),
                    **evaluation_payload(one.evaluation),
                }
                for one in results
            ],
        },
        as_json=as_json,
        show=lambda: _show(summaries(done.folder), forecast, results, done),
    )


def _run(
    name: str, parameter: list[str], runner: RunnerChoice, *, python: str, folder: Path, root: Path
) -> LocalRun:
    import_kfp()
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.local import run_local

    compiled = compile_pipeline(name, folder, cache=runtime.cache_folder() / COMPILED)
    chosen = given(parameter)
    if runner is RunnerChoice.subprocess and "registry" in compiled.parameters:
        chosen.setdefault("registry", str(HERE.resolve()))
    with steps() as announce:
        return run_local(
            compiled.path,
            arguments(compiled, chosen),
            root=root,
            runner=runner.value,
            python=python,
            environment=_secrets() if runner is RunnerChoice.docker else None,
            announce=announce,
        )


def _secrets() -> dict[str, str]:
    """The variables with credentials and keys that steps in their image get."""
    from pipelines.tasks import CREDENTIALS, SIGNING, VERIFYING

    secrets = (*CREDENTIALS, *SIGNING.values(), *VERIFYING.values())
    return {name: os.environ[name] for name in secrets if name in os.environ}


def _python(runner: RunnerChoice) -> AbstractContextManager[str]:
    """The command of the Python that runs steps as processes."""
    return prefork_server() if runner is RunnerChoice.subprocess else nullcontext(sys.executable)


def _show(
    texts: list[str], forecast: Forecast | None, results: list[ModelResult], done: LocalRun
) -> None:
    for text in texts:
        stdout.print(Markdown(text))
    if forecast:
        show_skill(forecast)
        show_forecast(forecast, forecast.future[:MONTHS_SHOWN], now=runtime.now())
    facts = []
    unit = forecast.unit if forecast else names.PRICE_UNIT
    for result in results:
        show_scores(result.evaluation, unit)
        show_checks(result.verdict)
        facts += [
            ("model", result.version),
            ("gate", result.outcome),
            ("report", str(result.report)),
        ]
    stdout.print()
    for fact, value in [*facts, ("artifacts", str(done.folder)), ("log", str(done.log))]:
        stdout.print(f"{fact + ':':12}[bold]{escape(value)}[/]", soft_wrap=True, highlight=False)
