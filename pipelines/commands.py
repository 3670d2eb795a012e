"""``milkprice pipeline``: compile, run here, upload, run there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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
    from pipelines.kubeflow import Kubeflow, Run
    from pipelines.local import Announce, LocalRun
    from pipelines.results import ModelResult

BUILD = Path("build")
MAIN = "milk_price"
HERE = Path("registry")  # of a run on this machine, where none is named
DONE = ("SUCCESS", "SUCCEEDED", "SKIPPED", "CACHED")

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
    """Compile a pipeline and run the compiled file on this machine.

    Without a registry named, models go to the folder registry, as with milkprice run.
    """
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.local import run_local
    from pipelines.results import model_results, quarantine_summary
    from pipelines.tasks import CREDENTIALS

    compiled = compile_pipeline(name, folder)
    chosen = given(parameter or [])
    if runner is RunnerChoice.subprocess and "registry" in compiled.parameters:
        chosen.setdefault("registry", str(HERE.resolve()))
    place = root / datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%f")
    with steps() as announce:
        done = run_local(
            compiled.path,
            arguments(compiled, chosen),
            root=place,
            runner=runner.value,
            environment={name: os.environ[name] for name in CREDENTIALS if name in os.environ},
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


@app.command()
def upload(
    name: NameArgument = MAIN,
    folder: FolderOption = BUILD,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compile a pipeline and upload it; a new version only when it changed."""
    from pipelines.compiled import compile_pipeline
    from pipelines.remote import upload as upload_compiled

    compiled = compile_pipeline(name, folder)
    done = upload_compiled(_kubeflow(endpoint, namespace, token), compiled)
    row = (compiled.name, done.version.name, "new" if done.new else "there already")
    columns = ("pipeline", "version", "state")
    emit(
        dict(zip(columns, row, strict=True)),
        as_json=as_json,
        show=lambda: print_table("Uploaded", columns, [row]),
    )


@app.command()
def run(
    name: NameArgument = MAIN,
    parameter: ParameterOption = None,
    folder: FolderOption = BUILD,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upload a pipeline if it changed, run it on the cluster, and show each step as it goes."""
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.remote import run_and_wait

    compiled = compile_pipeline(name, folder)
    chosen = arguments(compiled, given(parameter or []))
    called = f"{compiled.name} {datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}"
    kubeflow = _kubeflow(endpoint, namespace, token)
    with steps() as announce:
        done = run_and_wait(kubeflow, compiled, chosen, name=called, announce=announce)
    emit(asdict(done), as_json=as_json, show=lambda: _show_run(done))


@app.command()
def schedule(
    name: NameArgument = MAIN,
    cron: Annotated[
        str, typer.Option(help="Six fields, seconds first; the default is monthly.")
    ] = "0 0 6 2 * *",
    parameter: ParameterOption = None,
    folder: FolderOption = BUILD,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a pipeline again and again; repeated, this replaces the schedule."""
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.remote import reschedule

    compiled = compile_pipeline(name, folder)
    chosen = arguments(compiled, given(parameter or []))
    made = reschedule(
        _kubeflow(endpoint, namespace, token), compiled, chosen, name=compiled.name, cron=cron
    )
    row = (compiled.name, cron, made)
    columns = ("pipeline", "cron", "identity")
    emit(
        dict(zip(columns, row, strict=True)),
        as_json=as_json,
        show=lambda: print_table("Scheduled", columns, [row]),
    )


@app.command()
def status(
    most: Annotated[int, typer.Option(help="How many runs.")] = 10,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest runs and their states."""
    runs = _kubeflow(endpoint, namespace, token).runs(most=most)
    rows = [(one.name, one.state, one.identity) for one in runs]
    emit(
        [asdict(one) for one in runs],
        as_json=as_json,
        show=lambda: print_table("Runs", ("run", "state", "identity"), rows),
    )


@app.command()
def logs(
    reference: Annotated[str, typer.Argument(help="A run's identity or name, or last.")] = "last",
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """A run's steps, their states, and what failed ones said."""
    from pipelines.remote import find_run

    found = find_run(_kubeflow(endpoint, namespace, token), reference)
    emit(asdict(found), as_json=as_json, show=lambda: _show_run(found))


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
                failed = "" if state in DONE else f" [red]{state.lower()}"
                bar.update(task, completed=1, description=f"{step}{failed}")  # type: ignore[arg-type]

        yield announce


def _kubeflow(endpoint: str | None, namespace: str | None, token: str | None) -> Kubeflow:
    from pipelines.client import KubeflowClient

    return KubeflowClient(endpoint, namespace=namespace, token=token)


def _show_run(run: Run) -> None:
    rows = [(step.name, step.state, step.error) for step in run.steps]
    print_table(f"{run.name}: {run.state}", ("step", "state", "said"), rows)


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
