"""``milkprice doctor``: is a running system well?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_table

if TYPE_CHECKING:
    from milkprice.doctor import Finding

HEALTHY, FAILED = "ok", "FAILED"


def doctor(
    registry: options.RegistryUri = "registry",
    alias: options.Alias = "champion",
    verify_key_file: options.VerifyKeyFile = None,
    predictor: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of a predictor to ask too.")
    ] = None,
    token_file: options.TokenFile = None,
    namespace: Annotated[
        str | None, typer.Option(help="Namespace of InferenceServices to ask the cluster for too.")
    ] = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    as_json: options.Json = False,
) -> None:
    """Look whether a running system is well: store, models, predictor, cluster.

    One line each, with a remedy. Small objects are written to the store and deleted again; nothing
    else is changed.
    """
    from milkprice.doctor import DoctorSettings, examine

    settings = DoctorSettings(
        registry=registry,
        store=runtime.store_settings(),
        alias=alias,
        keys=runtime.verifying_keys(verify_key_file),
        predictor=predictor,
        token=options.first_token(token_file),
        namespace=namespace,
        kubeconfig=kubeconfig,
        context=context,
    )
    findings = list(examine(settings, clock=runtime.now))
    emit(findings, as_json=as_json, show=lambda: _show(findings))
    if not all(finding.healthy for finding in findings):
        raise typer.Exit(1)


def _show(findings: list[Finding]) -> None:
    rows = [
        (
            one.subject,
            HEALTHY if one.healthy else FAILED,
            "; ".join(filter(None, (one.seen, one.remedy))),
        )
        for one in findings
    ]
    print_table("The system", ("what", "is", "seen, and what to do"), rows)
