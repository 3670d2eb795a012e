"""A second kubectl, in memory: pods that come back, a budget that refuses once, one service."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from types import SimpleNamespace

from scripts.e2e.checks import CheckError
from scripts.e2e.kubectl import Kubectl

REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


class MemoryKubectl(Kubectl):
    """A namespace with pods of one Deployment that are replaced as soon as they go."""

    def run(self, *arguments, given=None):
        """See ``Kubectl.run``."""
        self.state.asked.append(" ".join(arguments))
        match arguments:
            case ("get", "pods", *_):
                return json.dumps({"items": [_pod(name) for name in self.state.pods]})
            case ("get", _, *_):
                return json.dumps({"spec": {"predictor": self.state.predictor}})
            case ("delete", "pod", name, *_):
                self._replace(name)
            case ("create", "--raw", _, *_):
                self._evict(json.loads(given)["metadata"]["name"])
            case ("patch", _, _, "--patch", patch):
                self._patch(json.loads(patch)[0])
        return ""

    @contextmanager
    def forwarded(self, target, port):
        """See ``Kubectl.forwarded``."""
        self.state.asked.append(f"port-forward {target} {port}")
        yield self.state.port

    def _replace(self, name):
        self.state.pods.remove(name)
        self.state.pods.append(f"pod-{next(self.state.numbers)}")

    def _evict(self, name):
        if name not in self.state.refused:
            self.state.refused.add(name)
            raise CheckError(REFUSED)
        self._replace(name)

    def _patch(self, change):
        if change["path"] == "/spec/predictor":
            self.state.predictor = change["value"]
        wanted = self.state.predictor["minReplicas"]
        self.state.pods = [f"pod-{next(self.state.numbers)}" for _ in range(wanted)]


def memory_kubectl(*, port=0):
    """A namespace with one pod; a forwarded port leads to this one."""
    kubectl = MemoryKubectl("milkprice")
    state = SimpleNamespace(asked=[], pods=["pod-0"], predictor={"minReplicas": 1},
                            refused=set(), numbers=itertools.count(1), port=port)  # fmt: skip
    object.__setattr__(kubectl, "state", state)
    return kubectl


def _pod(name):
    ready = {"type": "Ready", "status": "True"}
    owner = {"kind": "StatefulSet", "name": "seaweedfs", "controller": True}
    metadata = {"name": name, "ownerReferences": [owner]}
    return {"metadata": metadata, "status": {"phase": "Running", "conditions": [ready]}}
