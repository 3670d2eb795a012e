#!/bin/sh
# A pipeline used as a step of another one, both with steps of one component: the compiler may point
# the inner pipeline's first step at the executor of its second or third. The step then runs with that
# one's environment, image, resources and secrets, and nothing fails. Executors that have one name in
# both pipelines are renamed one after another, and one that was just renamed is renamed once more
# when its new name is that of an executor that is still to come. In which order they come is that of
# protobuf's maps, which follows from the names and differs from process to process: the same source
# compiles to a right file today and to a wrong one tomorrow. A run on this machine takes the same way.
# A good guess is that a step keeps what was set on it, wherever its pipeline is used, and that a
# compiler gives one file for one source.
#
# Versions: kfp 2.17.0, protobuf as kfp asks (6.33.6), Python 3.11.
# Seen (1 December 2026); how many of the sixteen are wrong differs from run to run (7 to 15):
#   16 components of the same code, under another name each: 10 compile to a wrong executor
#   report: the step of north runs as of middle
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0
cat > "$folder/nested.py" <<'PYTHON'
import contextlib
import io
import logging
import sys
from importlib import import_module
from pathlib import Path

import yaml
from kfp import compiler, dsl, local

FOLDER = Path(sys.argv[1])
REGIONS = ["north", "middle", "south"]
NAMES = """clean check split train score judge predict publish
    weigh cool pack load ship dock sell report""".split()
SOURCE = """
from kfp import dsl

@dsl.component(install_kfp_package=False)
def {name}() -> str:
    import os
    return os.environ["REGION"]
"""


def pipelines(name):
    (FOLDER / f"{name}.py").write_text(SOURCE.format(name=name))
    component = getattr(import_module(name), name)

    @dsl.pipeline
    def regions() -> str:
        tasks = [component().set_env_variable("REGION", region) for region in REGIONS]
        return tasks[0].output

    @dsl.pipeline
    def country() -> str:
        component().set_env_variable("REGION", "all")
        return regions().output

    return country


def compiled_region(pipeline, name):
    compiler.Compiler().compile(pipeline, str(FOLDER / "country.yaml"))
    spec = yaml.safe_load((FOLDER / "country.yaml").read_text())
    step = spec["components"]["comp-regions"]["dag"]["tasks"][name]
    label = spec["components"][step["componentRef"]["name"]]["executorLabel"]
    return spec["deploymentSpec"]["executors"][label]["container"]["env"][0]["value"]


def run(pipeline):
    logging.disable(logging.CRITICAL)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(FOLDER))
    with contextlib.redirect_stdout(io.StringIO()):
        return pipeline().output


wrong = {}
for name in NAMES:
    pipeline = pipelines(name)
    region = compiled_region(pipeline, name)
    if region != REGIONS[0]:
        wrong[name] = pipeline, region
print(
    f"{len(NAMES)} components of the same code, under another name each: "
    f"{len(wrong)} compile to a wrong executor"
)
if not wrong:
    sys.exit(1)
name, (pipeline, region) = wrong.popitem()
result = run(pipeline)
print(f"{name}: the step of {REGIONS[0]} runs as of {result}")
sys.exit(result != region)
PYTHON
PATH="$folder/venv/bin:$PATH" PYTHONPATH="$folder" "$folder/venv/bin/python" -W ignore \
    "$folder/nested.py" "$folder" 2> "$folder/errors" || {
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
