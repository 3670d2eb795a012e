"""The parts of the end-to-end checks: each can run alone, and leaves the cluster as it found it.

Published versions stay; they change nothing by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from milkprice import runtime
from milkprice.cluster import WaitSettings, open_cluster
from milkprice.registry import Registry
from milkprice.registry.bundle import signing_key
from milkprice.registry.store import open_store
from pipelines.client import KubeflowClient
from scripts.e2e.canary import FOLLOWS, CanaryChecks
from scripts.e2e.checks import Address
from scripts.e2e.kubectl import Kubectl
from scripts.e2e.kubeflow import KubeflowChecks
from scripts.e2e.lineage import open_lineage
from scripts.e2e.predictor import PredictorChecks
from scripts.e2e.report import Check
from scripts.e2e.series import SeriesChecks
from scripts.e2e.service import SECONDS, Service

# Trained beside the default so that there is another version to promote.
OTHER = {"k": "3", "degree": "1", "gate": "never"}
ARTIFACTS, DATA = "s3://mlpipeline", "s3://data"
OWN = "end-to-end"  # a folder, for what is removed again
MODEL = "milk-price"
Checks = dict[str, Check]


@dataclass(frozen=True)
class Target:
    """What is checked.

    Attributes:
        registry: Address of the models, as the cluster calls it.
        url: Of the predictor.
        route_url: Of the predictor through an HTTPRoute; empty where there is none.
        kubeflow: Namespace of Kubeflow.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
        image: Another image of it, to roll out.
    """

    registry: str
    url: str
    route_url: str
    kubeflow: str
    namespace: str
    service: str
    image: str

    @cached_property
    def models(self) -> Registry:
        """The registry, with the keys of the environment where its models are signed."""
        return Registry(
            open_store(self.registry, runtime.store_settings()),
            signer=signing_key(runtime.signing_settings()),
            keys=runtime.verifying_keys(),
        )

    @property
    def address(self) -> Address:
        """Where the predictor is."""
        return Address(self.url.rstrip("/"), "", MODEL, os.environ.get("TOKEN", ""))

    @property
    def predictor(self) -> PredictorChecks:
        """Checks of the predictor."""
        service = Service(Kubectl(self.namespace), self.service)
        return PredictorChecks(self.models, self.address, service, self.image)

    @property
    def canary(self) -> CanaryChecks:
        """Checks of its canaries, through the route if there is one."""
        url = (self.route_url or self.url).rstrip("/")
        token = self.address.token or None
        return CanaryChecks(
            connect=lambda: open_cluster(os.environ.get("KUBECONFIG"), token=token),
            registry=self.models,
            registry_uri=self.registry,
            address=replace(self.address, url=url),
            routed=bool(self.route_url),
            settings=WaitSettings(namespace=self.namespace, service=self.service, timeout=SECONDS),
        )


@contextmanager
def platform(target: Target) -> Iterator[Checks]:
    """The platform is there and takes pipelines."""
    with _kubeflow(target) as kubeflow:
        yield {"upload the pipelines": kubeflow.upload}


@contextmanager
def pipeline(target: Target) -> Iterator[Checks]:
    """Runs: one that trains, again, with a failure, on a schedule, with a killed pod."""
    with _kubeflow(target) as kubeflow:
        yield {
            "run milk_price": kubeflow.train,
            "see what it left": kubeflow.check_artifacts,
            "run it again": kubeflow.train_again,
            "a step that fails": kubeflow.fail_step,
            "a recurring run": kubeflow.run_schedule,
            "kill a step's pod": lambda: kubeflow.kill_step_pod(OTHER),
        }


@contextmanager
def series(target: Target) -> Iterator[Checks]:
    """Many series, several in a pod."""
    settings = runtime.store_settings()
    data = open_store(f"{DATA}/{OWN}", settings)
    models = open_store(f"{target.registry}/{OWN}", settings)
    with _kubeflow(target) as kubeflow:
        checks = SeriesChecks(kubeflow, data, models)
        with checks.removed():
            yield {
                f"write {checks.series} series": checks.write,
                "train them in shards": checks.train,
            }


@contextmanager
def service(target: Target) -> Iterator[Checks]:
    """The predictor answers by every protocol."""
    checks = target.predictor
    yield {
        "predictor ready": checks.ready,
        "v1": checks.v1,
        "v2": checks.v2,
        "gRPC": checks.grpc,
        "latency": checks.latency,
    }


@contextmanager
def promotion(target: Target) -> Iterator[Checks]:
    """Another version and another image, under load; the champion is the one before again."""
    checks, champion = target.predictor, target.models.resolve(MODEL)
    try:
        yield {
            "promote under requests": checks.promote,
            "roll back": checks.roll_back,
            "roll out an image": checks.roll_out,
        }
    finally:
        if target.models.resolve(MODEL) != champion:
            reason = "end to end is done"
            target.models.promote(MODEL, champion, at=runtime.now(), reason=reason)


@contextmanager
def faults(target: Target) -> Iterator[Checks]:
    """Pods that are killed and evicted."""
    checks = target.predictor
    yield {
        "kill the predictor": checks.kill_pods,
        "kill the store": checks.kill_store,
        "scale and evict": checks.scale_and_evict,
    }


@contextmanager
def canary(target: Target) -> Iterator[Checks]:
    """A canary begun, widened, aborted, promoted, under load."""
    checks = target.canary
    if not checks.version():
        yield {"canary": lambda: FOLLOWS}
        return
    with checks.restored():
        yield {
            "canary at 10 %": checks.start,
            "canary at 50 %": checks.widen,
            "its requests": checks.show,
            "watch it": checks.watch,
            "abort it": checks.abort,
            "promote one": checks.promote,
            "promote it again": checks.repeat,
        }


@contextmanager
def deployment(target: Target) -> Iterator[Checks]:
    """A canary that a run begins by its last step."""
    checks = target.canary
    if not checks.version():
        yield {"a run's canary": lambda: FOLLOWS}
        return
    with _kubeflow(target) as kubeflow, checks.restored():
        yield {
            "a run begins a canary": lambda: checks.begin_by_run(kubeflow.run),
            "abort a run's canary": checks.abort,
        }


PARTS: dict[str, Callable[[Target], AbstractContextManager[Checks]]] = {
    one.__name__: one
    for one in (platform, pipeline, series, service, promotion, faults, canary, deployment)
}


@contextmanager
def _kubeflow(target: Target) -> Iterator[KubeflowChecks]:
    kubectl = Kubectl(target.kubeflow)
    with (
        kubectl.forwarded("service/metadata-grpc-service", 8080) as port,
        open_lineage(f"127.0.0.1:{port}") as lineage,
    ):
        yield KubeflowChecks(
            KubeflowClient(None, namespace=None, token=None),
            kubectl,
            lineage,
            open_store(ARTIFACTS, runtime.store_settings()),
            target.models,
            target.registry,
            MODEL,
        )
