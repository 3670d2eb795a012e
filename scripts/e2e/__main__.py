"""End-to-end checks on a running cluster: upload, train, serve, promote, failures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from milkprice import runtime
from milkprice.registry import Registry
from milkprice.registry.store import open_store
from pipelines.client import KubeflowClient
from scripts.e2e.checks import Address
from scripts.e2e.kubectl import Kubectl
from scripts.e2e.kubeflow import KubeflowChecks
from scripts.e2e.lineage import open_lineage
from scripts.e2e.predictor import PredictorChecks
from scripts.e2e.report import Report
from scripts.e2e.service import Service

# Trained beside the default so that there is another version to promote.
OTHER = {"k": "3", "degree": "1", "gate": "never"}
RECORD = Path("build/e2e.json")
ARTIFACTS = "s3://mlpipeline"
MODEL = "milk-price"


def run_checks(report: Report, kubeflow: KubeflowChecks, predictor: PredictorChecks) -> None:
    """Pipelines, then the predictor, then changes and failures under load."""
    report.step("upload the pipelines", kubeflow.upload)
    report.step("run milk_price", kubeflow.train)
    report.step("see what it left", kubeflow.check_artifacts)
    report.step("predictor ready", predictor.ready)
    report.step("v1", predictor.v1)
    report.step("v2", predictor.v2)
    report.step("gRPC", predictor.grpc)
    report.step("latency", predictor.latency)
    report.step("run it again", kubeflow.train_again)
    report.step("a step that fails", kubeflow.fail_step)
    report.step("a recurring run", kubeflow.run_schedule)
    report.step("kill a step's pod", lambda: kubeflow.kill_step_pod(OTHER))
    report.step("promote under requests", predictor.promote)
    report.step("roll back", predictor.roll_back)
    report.step("kill the predictor", predictor.kill_pods)
    report.step("kill the store", predictor.kill_store)
    report.step("roll out an image", predictor.roll_out)
    report.step("scale and evict", predictor.scale_and_evict)


def about(*namespaces: Kubectl) -> dict[str, str]:
    """The time, Kubernetes' version, and the images of the namespaces' pods."""
    server = json.loads(namespaces[0].run("version", "-o", "json"))["serverVersion"]
    containers = [
        container
        for one in namespaces
        for pod in one.read("pods", "--field-selector=status.phase=Running")["items"]
        for container in pod["spec"]["containers"]
    ]
    images = {one["name"]: one["image"] for one in containers if one["name"] != "main"}
    return {
        "when": f"{runtime.now():%Y-%m-%d %H:%M} UTC",
        "kubernetes": server["gitVersion"],
        **images,
    }


def main(arguments: Sequence[str]) -> int:
    """Run all checks; 1 if one failed."""
    parser = argparse.ArgumentParser(description="End-to-end checks on a running cluster.")
    parser.add_argument("--registry", default="s3://models")
    parser.add_argument("--url", required=True, help="of the predictor")
    parser.add_argument("--kubeflow", default="kubeflow", help="namespace of Kubeflow")
    parser.add_argument("--namespace", default="milkprice", help="namespace of the predictor")
    parser.add_argument("--service", default="milk-price")
    parser.add_argument("--image", default="", help="another image of the predictor, to roll out")
    options = parser.parse_args(arguments)
    address = Address(options.url.rstrip("/"), "", MODEL, os.environ.get("TOKEN", ""))
    settings = runtime.store_settings()
    registry = Registry(open_store(options.registry, settings))
    kubeflow = Kubectl(options.kubeflow)
    report = Report()
    with ExitStack() as stack:
        port = stack.enter_context(kubeflow.forwarded("service/metadata-grpc-service", 8080))
        pipelines = KubeflowChecks(
            KubeflowClient(None, namespace=None, token=None),
            kubeflow,
            stack.enter_context(open_lineage(f"127.0.0.1:{port}")),
            open_store(ARTIFACTS, settings),
            registry,
            options.registry,
            MODEL,
        )
        service = Service(Kubectl(options.namespace), options.service)
        predictor = PredictorChecks(registry, address, service, options.image)
        run_checks(report, pipelines, predictor)
    report.show()
    report.write(RECORD, about(kubeflow, Kubectl("kserve"), service.kubectl))
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
