"""Who talks to whom: every policy, and every side of it, is about something that is there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.manifests.rules.selectors import chosen, ports
from tests.support.manifests import Object, Pods, Rendering, title

NAME = "kubernetes.io/metadata.name"
# Namespaces of others, as our README names them; the label is for whoever wants to predict.
OTHERS = (
    {NAME: "kubeflow"},
    {NAME: "kube-system"},
    {NAME: "monitoring"},
    {NAME: "envoy-gateway-system"},
    {NAME: "keda"},
    {"milkprice/may-predict": "true"},
)
DNS = {"namespaceSelector": {"matchLabels": {NAME: "kube-system"}}} | {
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}
}


def policies(rendering: Rendering) -> Iterator[tuple[Object, list[Pods]]]:
    for found in rendering.of("NetworkPolicy"):
        namespace = found["metadata"]["namespace"]
        yield found, chosen(rendering, found["spec"]["podSelector"], namespace)


def nothing_is_allowed_by_itself(rendering: Rendering) -> Iterator[str]:
    denying = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    closed = {
        found["metadata"]["namespace"]
        for found in rendering.of("NetworkPolicy")
        if found["spec"] == denying
    }
    yield from sorted({pods.namespace for pods in rendering.pods} - closed)


def policies_find_pods(rendering: Rendering) -> Iterator[str]:
    yield from (f"{title(found)}: no pod" for found, pods in policies(rendering) if not pods)


def policies_say_what_they_are_for(rendering: Rendering) -> Iterator[str]:
    """Rules for a direction that is not among the types would not be looked at, or by surprise."""
    for found, _ in policies(rendering):
        spec = found["spec"]
        for kind, rules in (("Ingress", "ingress"), ("Egress", "egress")):
            if rules in spec and kind not in spec.get("policyTypes", []):
                yield f"{title(found)}: {rules} without its type"


def peers_are_there(rendering: Rendering) -> Iterator[str]:
    for found, _ in policies(rendering):
        for peer in _peers(found):
            if "ipBlock" not in peer and not _is_there(rendering, found, peer):
                yield f"{title(found)}: nobody is {peer}"


def ports_are_open(rendering: Rendering) -> Iterator[str]:
    """The one asked listens there: our pod for ingress, the other one for egress."""
    for found, pods in policies(rendering):
        for rule in found["spec"].get("ingress", []):
            yield from _closed(found, rule, pods)
        for rule in found["spec"].get("egress", []):
            namespace = found["metadata"]["namespace"]
            for peer in rule["to"]:
                if set(peer) == {"podSelector"}:
                    asked = chosen(rendering, peer["podSelector"], namespace)
                    yield from _closed(found, rule, asked)


def who_asks_by_name_may_ask_dns(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        rules = [
            rule
            for found, about in policies(rendering)
            for rule in found["spec"].get("egress", [])
            if pods in about
        ]
        if rules and not any(DNS in rule["to"] for rule in rules):
            yield f"{pods.owner}: may ask others, but not where they are"


def both_sides_agree(rendering: Rendering) -> Iterator[str]:
    """What one pod of ours may ask another, that one lets in, and the other way round."""
    out, into = _pairs(rendering, "egress", "to"), _pairs(rendering, "ingress", "from")
    for asks, asked, port in sorted(out ^ {(asks, asked, port) for asked, asks, port in into}):
        yield f"{asks} to {asked}, port {port}: only one side allows it"


def routes_reach_services(rendering: Rendering) -> Iterator[str]:
    """KServe makes a Service for each predictor, with port 80; a promotion takes it away."""
    made = {
        found["metadata"]["name"]
        if "model" in found["spec"]["predictor"]
        else f"{found['metadata']['name']}-predictor"
        for found in rendering.of("InferenceService")
    }
    for found in rendering.of("HTTPRoute"):
        for rule in found["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                if backend["name"] not in made or backend["port"] != 80:
                    yield f"{title(found)}: {backend}"
        listeners = {
            (gateway["metadata"]["name"], listener["name"])
            for gateway in rendering.of("Gateway")
            for listener in gateway["spec"]["listeners"]
        }
        for parent in found["spec"]["parentRefs"]:
            if (parent["name"], parent["sectionName"]) not in listeners:
                yield f"{title(found)}: {parent}"


def _peers(found: Object) -> Iterator[Object]:
    for rule in found["spec"].get("ingress", []):
        yield from rule.get("from", [])
    for rule in found["spec"].get("egress", []):
        yield from rule["to"]


def _is_there(rendering: Rendering, found: Object, peer: Object) -> bool:
    if "namespaceSelector" in peer:
        return peer["namespaceSelector"].get("matchLabels") in OTHERS
    return bool(chosen(rendering, peer["podSelector"], found["metadata"]["namespace"]))


def _closed(found: Object, rule: Object, asked: list[Pods]) -> Iterator[str]:
    for pods in asked:
        for port in rule["ports"]:
            if port["port"] not in ports(pods).values():
                yield f"{title(found)}: {pods.owner} has no port {port['port']}"


def _pairs(rendering: Rendering, direction: str, side: str) -> set[tuple[str, str, int]]:
    pairs = set()
    for found, about in policies(rendering):
        for rule in found["spec"].get(direction, []):
            for peer in rule.get(side, []):
                if set(peer) == {"podSelector"}:
                    namespace = found["metadata"]["namespace"]
                    for other in chosen(rendering, peer["podSelector"], namespace):
                        pairs |= {
                            (one.owner, other.owner, port["port"])
                            for one in about
                            for port in rule["ports"]
                        }
    return pairs
