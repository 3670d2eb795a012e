"""The commands under ``milkprice pipeline``."""

from __future__ import annotations

import typer

from pipelines.cli import cluster, local

app = typer.Typer(
    help="Kubeflow pipelines: compile, run here or there, upload, schedule.", no_args_is_help=True
)
app.command("compile")(local.compile_all)
app.command("run-local")(local.run_on_this_machine)
app.command("upload")(cluster.upload)
app.command("run")(cluster.run)
app.command("schedule")(cluster.schedule)
app.command("status")(cluster.status)
app.command("logs")(cluster.logs)
