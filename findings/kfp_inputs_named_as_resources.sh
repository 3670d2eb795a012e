#!/bin/sh
# A step whose memory, CPU, accelerator or image comes from a parameter of the pipeline gets that
# parameter also as an input of its own, if it has one called memory_limit, memory_request, cpu_limit,
# cpu_request, accelerator_type, accelerator_count or base_image, whatever it was called with. So a
# step that starts a larger job and takes the job's memory_limit, here 64Gi, hands on its own, 512Mi.
# Where the resource is a plain value nothing is replaced: the fault comes with the change that makes
# it a parameter. The compiler names the inputs that it adds to carry a parameter's value
# pipelinechannel--..., so that they collide with none; these it adds besides, over what is there.
# A good guess is that the settings of a step's pod and the arguments of its code are apart, or that
# the second use of a name is refused, as an argument given twice is.
#
# Versions: kfp 2.17.0, Python 3.11.
# Seen (1 December 2026), of a step that is called with memory_limit="64Gi", cpu_request="32" and
# base_image="trainer:2":
#   plain resources: 64Gi, 32, trainer:2
#   resources of parameters: 512Mi, 100m, starter:1
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0
cat > "$folder/resources.py" <<'PYTHON'
import contextlib
import io
import logging
import sys

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def start(memory_limit: str, cpu_request: str, base_image: str) -> str:
    return f"{memory_limit}, {cpu_request}, {base_image}"


def started(memory, cpu, image):
    task = start(memory_limit="64Gi", cpu_request="32", base_image="trainer:2")
    task.set_memory_limit(memory).set_cpu_request(cpu).set_container_image(image)
    return task.output


@dsl.pipeline
def plain() -> str:
    return started("512Mi", "100m", "starter:1")


@dsl.pipeline
def of_parameters(memory: str = "512Mi", cpu: str = "100m", image: str = "starter:1") -> str:
    return started(memory, cpu, image)


logging.disable(logging.CRITICAL)
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
with contextlib.redirect_stdout(io.StringIO()):
    seen = {
        "plain resources": plain().output,
        "resources of parameters": of_parameters().output,
    }
for name, arguments in seen.items():
    print(f"{name}: {arguments}")
expected = {
    "plain resources": "64Gi, 32, trainer:2",
    "resources of parameters": "512Mi, 100m, starter:1",
}
sys.exit(seen != expected)
PYTHON
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -W ignore "$folder/resources.py" "$folder" \
    2> "$folder/errors" || {
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
