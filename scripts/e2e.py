"""The whole way on a running cluster, as one table: upload, train, serve, promote, survive."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from milkprice import runtime
from milkprice.registry import Registry
from milkprice.store import open_store
from scripts.checks import Address
from scripts.report import Report
from scripts.trial import Trial

# Trained beside the default so that there is another version to promote.
OTHER = ("-p", "k=3", "-p", "degree=1", "-p", "gate=never")


def try_all(trial: Trial) -> Report:
    """Every step, in order."""
    report = Report()
    report.step("upload the pipelines", trial.upload)
    report.step("run milk_price", trial.train)
    report.step("predictor ready", trial.ready)
    report.step("v1", trial.v1)
    report.step("v2", trial.v2)
    report.step("gRPC", trial.grpc)
    report.step("train another version", lambda: trial.train(*OTHER))
    report.step("promote it under requests", trial.promote)
    report.step("roll back", trial.roll_back)
    report.step("kill the pod", trial.survive)
    return report


def main(arguments: Sequence[str]) -> int:
    """Try it all; 1 if a step failed."""
    parser = argparse.ArgumentParser(description="Try the whole way on a running cluster.")
    parser.add_argument("--registry", default="s3://models")
    parser.add_argument("--url", default="http://127.0.0.1:8081")
    parser.add_argument("--namespace", default="milkprice")
    parser.add_argument("--service", default="milk-price")
    parser.add_argument("--model", default="milk-price")
    options = parser.parse_args(arguments)
    address = Address(options.url.rstrip("/"), "", options.model, os.environ.get("TOKEN", ""))
    registry = Registry(open_store(options.registry, runtime.store_settings()))
    trial = Trial(registry, options.registry, address, options.namespace, options.service)
    report = try_all(trial)
    report.show()
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
