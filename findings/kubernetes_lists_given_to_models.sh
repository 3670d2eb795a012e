#!/bin/sh
# The models of Kubernetes' client for Python, Pydantic's since version 37, take copies of the lists and
# maps that they are given, and keep the very objects. A program that makes a pod of a list of
# containers, volumes or variables, or of a map of labels, and adds to it afterwards, asks since then for
# a pod without what was added: no error, no warning, and the cluster has nothing to refuse. What is set
# on an object after it was given, an image or a security context, arrives as before, so that one
# half of a function still works. What is appended by way of the model arrives too, now unchecked.
# A good guess is that a release which checks types refuses what was wrong before, loudly, and that a
# list which is passed on is either that list everywhere or nothing in it is.
#
# Versions: kubernetes 36.0.3 and 37.0.2 (pydantic 2.14), Python 3.11.
# Seen (1 December 2026), of a pod whose lists, maps and container are completed after they were given:
#   36.0.3: image trainer:2, variables MODEL REGION, labels app version, limits memory, volumes data
#   37.0.2: image trainer:2, variables MODEL, labels app, limits, volumes
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pod.py" <<'PYTHON'
from importlib.metadata import version

from kubernetes import client

variables = [client.V1EnvVar(name="MODEL", value="milk-price")]
labels, limits, volumes = {"app": "training"}, {}, []

container = client.V1Container(
    name="train", env=variables, resources=client.V1ResourceRequirements(limits=limits)
)
pod = client.V1Pod(
    metadata=client.V1ObjectMeta(name="train", labels=labels),
    spec=client.V1PodSpec(containers=[container], volumes=volumes),
)

container.image = "trainer:2"
variables.append(client.V1EnvVar(name="REGION", value="Los Lagos"))
labels["version"] = "2"
limits["memory"] = "1Gi"
volumes.append(client.V1Volume(name="data", empty_dir=client.V1EmptyDirVolumeSource()))

body = client.ApiClient().sanitize_for_serialization(pod)
(sent,) = body["spec"]["containers"]
parts = {
    "image": [sent["image"]],
    "variables": [variable["name"] for variable in sent["env"]],
    "labels": list(body["metadata"]["labels"]),
    "limits": list(sent["resources"]["limits"]),
    "volumes": [volume["name"] for volume in body["spec"]["volumes"]],
}
words = ", ".join(" ".join([name, *values]) for name, values in parts.items())
print(f"{version('kubernetes')}: {words}")
PYTHON
for version in 36.0.3 37.0.2; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q --disable-pip-version-check "kubernetes==$version"
    "$folder/$version/bin/python" "$folder/pod.py"
done > "$folder/seen"
cat > "$folder/expected" <<'TEXT'
36.0.3: image trainer:2, variables MODEL REGION, labels app version, limits memory, volumes data
37.0.2: image trainer:2, variables MODEL, labels app, limits, volumes
TEXT
cat "$folder/seen"
cmp "$folder/seen" "$folder/expected"
