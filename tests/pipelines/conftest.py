"""Kubeflow as it was, with answers that 2.17.0 gave of real runs; a Python that runs steps."""

from pathlib import Path

import pytest

from pipelines.prefork import prefork_server
from tests.support.kubeflow import answering_kubeflow

SUCCEEDED = "fd69c42d-285e-4719-a05a-e5116c9ec545"
CACHED = "99ec4c4e-5ca8-4430-bb1b-fd5a79e4d48e"
FAILED = "57db02f1-d3f6-4da5-a316-053aadfab58f"
DRIVER_FAILED = "4c9f279f-b1cd-4d1a-8a4b-fd1215bfbe3d"
RUNNING = "running"
PIPELINE = "3dd7be70-6388-421c-8eb7-5e3e9fe9df20"
API = "/apis/v2beta1"
LOGS = "/apis/v1alpha1/runs/{run}/nodes"
RUNS = {SUCCEEDED: "succeeded", CACHED: "cached", FAILED: "failed",
        DRIVER_FAILED: "driver-failed", RUNNING: "running"}  # fmt: skip

ROUTES = {
    ("GET", f"{API}/healthz"): "healthz.json",
    ("GET", f"{API}/pipelines"): "pipelines.json",
    ("GET", f"{API}/pipelines/{PIPELINE}/versions"): "versions-page-1.json",
    ("GET", rf"{API}/pipelines/{PIPELINE}/versions\?.+"): "versions-page-2.json",
    ("GET", rf"{API}/pipelines/{PIPELINE}/versions/.+"): "version.json",
    ("GET", f"{API}/experiments"): "experiments.json",
    ("GET", f"{API}/runs"): "runs.json",
    ("GET", f"{API}/recurringruns"): "recurring-runs-page-1.json",
    ("GET", rf"{API}/recurringruns\?.+"): "recurring-runs-page-2.json",
    ("POST", f"{API}/recurringruns"): "recurring-run.json",
    ("POST", f"{API}/recurringruns/.+:disable"): "nothing.json",
    ("DELETE", f"{API}/recurringruns/.+"): "nothing.json",
    **{("GET", f"{API}/runs/{run}"): f"run-{name}.json" for run, name in RUNS.items()},
    ("GET", f"{LOGS.format(run=FAILED)}/milk-price-vv7hr-3854830655/log"): "log-identify.txt",
    ("GET", f"{LOGS.format(run=DRIVER_FAILED)}/milk-price-7psq4-947873433/log"): "log-driver.txt",
    ("GET", f"{LOGS.format(run='.+')}/.+/log"): "log-none.json",
}


@pytest.fixture
def recorded():
    """The server; what it answers can be changed by its routes."""
    with answering_kubeflow(Path(__file__).parent / "answers", ROUTES) as kubeflow:
        yield kubeflow


@pytest.fixture(scope="session")
def python():
    """The command of a Python that runs steps and has imported everything."""
    with prefork_server() as command:
        yield command
