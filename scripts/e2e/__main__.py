"""End-to-end checks on a running cluster: upload, train, serve, promote, failures, canaries."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from milkprice import runtime
from scripts.e2e.kubectl import Kubectl
from scripts.e2e.parts import PARTS, Target
from scripts.e2e.report import Report

RECORD = Path("build/e2e.json")
INTERRUPTED = 130


def run_parts(report: Report, names: Sequence[str], target: Target) -> None:
    """Check one part after the other; what each changed is put back, also after an interrupt."""
    for name in names:
        report.part(name, PARTS[name](target))


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


def parse(arguments: Sequence[str]) -> tuple[list[str], Target]:
    """The parts to check, in their order, and of what."""
    parser = argparse.ArgumentParser(description="End-to-end checks on a running cluster.")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--registry", default="s3://models")
    parser.add_argument("--url", required=True, help="of the predictor")
    parser.add_argument("--route-url", default="", help="of the predictor, through an HTTPRoute")
    parser.add_argument("--kubeflow", default="kubeflow", help="namespace of Kubeflow")
    parser.add_argument("--namespace", default="milkprice", help="namespace of the predictor")
    parser.add_argument("--service", default="milk-price")
    parser.add_argument("--image", default="", help="another image of the predictor, to roll out")
    options = parser.parse_args(arguments)
    chosen = options.parts.split(",")
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"no part {unknown[0]!r}: expected some of {', '.join(PARTS)}")
    target = Target(**{one.name: getattr(options, one.name) for one in fields(Target)})
    return [name for name in PARTS if name in chosen], target


def main(arguments: Sequence[str]) -> int:
    """Run the checks; 1 if one failed."""
    names, target = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    report = Report()
    try:
        run_parts(report, names, target)
    except KeyboardInterrupt:
        report.failed = True
        return INTERRUPTED
    finally:
        report.show()
    namespaces = (target.kubeflow, "kserve", target.namespace)
    report.write(RECORD, about(*map(Kubectl, namespaces)))
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
