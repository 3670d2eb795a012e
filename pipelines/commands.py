"""``milkprice pipeline``: compile, run here, upload, run there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from milkprice.cli.options import JsonOption
from milkprice.cli.output import aside, emit, print_table, screen
from milkprice.cli.screens import evaluation_payload, show_evaluation
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from pipelines.local import Announce, LocalRun
    from pipelines.results import ModelResult

BUILD = Path("build")
MAIN = "milk_price"

app = typer.Typer(
    help="Kubeflow pipelines: compile, run here or there, upload, schedule.", no_args_is_help=True
)


class RunnerChoice(str, Enum):
    """Where the steps of a local run live."""

    subprocess = "subprocess"
    docker = "docker"


NameArgument = Annotated[str, typer.Argument(help="data_processing, training or milk_price.")]
FolderOption = Annotated[Path, typer.Option(help="Folder for compiled files.")]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", help="A parameter as name=value; lists as JSON."),
]


@app.command("compile")
def compile_(folder: FolderOption = BUILD, as_json: JsonOption = False) -> None:
    """Compile all pipelines into files that the Kubeflow page takes."""
    from pipelines.compiled import PIPELINES, compile_pipeline

    made = [compile_pipeline(name, folder) for name in PIPELINES]
    rows = [(str(one.path), one.name, len(one.parameters)) for one in made]
    columns = ("file", "pipeline", "parameters")
    emit(
        [dict(zip(columns, row, strict=True)) for row in rows],
        as_json=as_json,
        show=lambda: print_table("Compiled pipelines", columns, rows),
    )


@app.command("run-local")
def run_local_(
    name: NameArgument = MAIN,
    parameter: ParameterOption = None,
    runner: Annotated[
        RunnerChoice, typer.Option(help="Steps as processes, or in their image.")
    ] = RunnerChoice.subprocess,
    folder: FolderOption = BUILD,
    root: Annotated[Path, typer.Option(help="Folder for runs.")] = BUILD / "runs",
    as_json: JsonOption = False,
) -> None:
    """Compile a pipeline and run the compiled file on this machine."""
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.local import run_local
    from pipelines.results import model_results, quarantine_summary

    compiled = compile_pipeline(name, folder)
    place = root / datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%f")
    with steps() as announce:
        done = run_local(
            compiled.path,
            arguments(compiled, given(parameter or [])),
            root=place,
            runner=runner.value,
            announce=announce,
        )
    results = model_results(done.folder)
    emit(
        {
            "folder": str(done.folder),
            "log": str(done.log),
            "models": [
                {
                    "version": one.version,
                    "verdict": one.verdict,
                    **evaluation_payload(one.evaluation),
                }
                for one in results
            ],
        },
        as_json=as_json,
        show=lambda: _show(quarantine_summary(done.folder), results, done),
    )


def given(parameters: list[str]) -> dict[str, str]:
    """Parameters from ``name=value`` texts."""
    pairs = [text.partition("=") for text in parameters]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise SettingError(option="parameter", value=name, expected="name=value")
    return {name: value for name, _, value in pairs}


@contextmanager
def steps() -> Iterator[Announce]:
    """Show each step while it runs; steps of a loop are counted."""
    columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=aside) as bar:
        running: dict[str, list[int]] = {}

        def announce(step: str, state: str) -> None:
            if state == "RUNNING":
                running.setdefault(step, []).append(bar.add_task(step, total=1))
            elif running.get(step):
                task = running[step].pop(0)
                failed = "" if state == "SUCCESS" else f" [red]{state.lower()}"
                bar.update(task, completed=1, description=f"{step}{failed}")  # type: ignore[arg-type]

        yield announce


def _show(summary: str | None, results: list[ModelResult], done: LocalRun) -> None:
    if summary:
        screen.print(Markdown(summary))
    facts = []
    for result in results:
        show_evaluation(result.evaluation)
        facts += [("model", result.version), ("gate", result.verdict)]
    screen.print()
    for fact, value in [*facts, ("artifacts", str(done.folder)), ("log", str(done.log))]:
        screen.print(f"{fact + ':':12}[bold]{escape(value)}[/]", soft_wrap=True, highlight=False)
