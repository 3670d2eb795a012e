"""Uploading, running and scheduling on a cluster, and looking at what runs there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import Json
from milkprice.cli.output import emit, print_table, stdout
from pipelines.cli.options import (
    BUILD,
    MAIN,
    EndpointOption,
    FolderOption,
    NameArgument,
    NamespaceOption,
    ParameterOption,
    TokenOption,
    given,
)
from pipelines.cli.progress import steps
from pipelines.kubeflow import CACHED, FAILED, Run, StepState

if TYPE_CHECKING:
    from pipelines.client import KubeflowClient


def upload(
    name: NameArgument = MAIN,
    folder: FolderOption = BUILD,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: Json = False,
) -> None:
    """Compile a pipeline and upload it; a new version only when it changed."""
    from pipelines.compiled import compile_pipeline
    from pipelines.remote import upload as upload_compiled

    compiled = compile_pipeline(name, folder)
    done = upload_compiled(connect(endpoint, namespace, token), compiled)
    state = "new" if done.new else "there already"
    row = {"pipeline": compiled.name, "version": done.version.name, "state": state}
    emit(row, as_json=as_json, show=lambda: print_table("Uploaded", row, [row.values()]))


def run(
    name: NameArgument = MAIN,
    parameter: ParameterOption = None,
    folder: FolderOption = BUILD,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: Json = False,
) -> None:
    """Upload a pipeline if it changed, run it on the cluster, and show each step as it goes."""
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.remote import run_and_wait

    compiled = compile_pipeline(name, folder)
    chosen = arguments(compiled, given(parameter or []))
    called = f"{compiled.name} {runtime.now():%Y-%m-%d %H:%M:%S}"
    kubeflow = connect(endpoint, namespace, token)
    with steps() as announce:
        done = run_and_wait(kubeflow, compiled, chosen, name=called, announce=announce)
    emit(asdict(done), as_json=as_json, show=lambda: _show_run(done))


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
    as_json: Json = False,
) -> None:
    """Run a pipeline again and again; repeated, this replaces the schedule."""
    from pipelines.compiled import arguments, compile_pipeline
    from pipelines.remote import reschedule

    compiled = compile_pipeline(name, folder)
    chosen = arguments(compiled, given(parameter or []))
    kubeflow = connect(endpoint, namespace, token)
    identity = reschedule(kubeflow, compiled, chosen, name=compiled.name, cron=cron)
    row = {"pipeline": compiled.name, "cron": cron, "identity": identity}
    emit(row, as_json=as_json, show=lambda: print_table("Scheduled", row, [row.values()]))


def status(
    most: Annotated[int, typer.Option(help="How many runs.")] = 10,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: Json = False,
) -> None:
    """The newest runs and their states."""
    from pipelines.remote import SHORT

    runs = connect(endpoint, namespace, token).runs(most=most)
    rows = [(one.name, one.state, one.identity[:SHORT]) for one in runs]
    emit(
        [asdict(one) for one in runs],
        as_json=as_json,
        show=lambda: print_table("Runs", ("run", "state", "identity"), rows),
    )


def logs(
    reference: Annotated[
        str, typer.Argument(help="A run's identity, its first letters, its name, or last.")
    ] = "last",
    step: Annotated[
        str | None, typer.Option(help="The step whose log is wanted, whatever its state.")
    ] = None,
    endpoint: EndpointOption = None,
    namespace: NamespaceOption = None,
    token: TokenOption = None,
    as_json: Json = False,
) -> None:
    """A run's steps, the errors of failed ones, and their whole logs."""
    from pipelines.remote import find_run, with_logs

    kubeflow = connect(endpoint, namespace, token)
    with_steps = with_logs(kubeflow, find_run(kubeflow, reference), step=step)
    emit(asdict(with_steps), as_json=as_json, show=lambda: _show_logs(with_steps, step))


def connect(endpoint: str | None, namespace: str | None, token: str | None) -> KubeflowClient:
    """Kubeflow at an endpoint; None leaves it to its client's own variables."""
    from pipelines.client import KubeflowClient

    return KubeflowClient(endpoint, namespace=namespace, token=token)


def _show_run(run: Run) -> None:
    """The table of steps, with their errors if there are any."""
    rows = [(step.name, step.state, step.seconds, step.error) for step in run.steps]
    columns = ("step", "state", "seconds", "error")
    width = len(columns) if any(step.error for step in run.steps) else len(columns) - 1
    stdout.print(f"[bold]{escape(run.name)}: {run.state}[/]", soft_wrap=True, highlight=False)
    print_table("", columns[:width], (row[:width] for row in rows))


def _show_logs(run: Run, request: str | None) -> None:
    _show_run(run)
    for step in run.steps:
        if step.name == request or (request is None and step.state == FAILED):
            stdout.print(
                f"\n[bold]Log of {escape(step.name)}[/] ({_of_log(step)})", highlight=False
            )
            if step.log:
                stdout.out(step.log.rstrip(), highlight=False)


def _of_log(step: StepState) -> str:
    if step.log:
        return step.state.lower()
    return "cached: it did not run" if step.state == CACHED else "none is kept"
