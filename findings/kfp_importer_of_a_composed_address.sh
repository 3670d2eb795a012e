#!/bin/sh
# dsl.importer(artifact_uri=f"/models/{version}"), with a parameter of the pipeline in the text, imports
# from an address that has the compiler's own mark of the parameter in it, and succeeds: the steps
# that follow are handed a model at /models/{{channel:task=;name=version;type=String;}}. The compiled
# file has that text as the importer's constant; beside it, where nothing reads it, it has the right
# one as the importer's input. The same text is right in the importer's metadata and as an argument of
# any step, and an address that is a parameter or a step's output as a whole is right too.
# A good guess is that what works for every step's arguments and for the importer's other argument
# works here, or that the compiler, which knows its own mark, refuses it.
#
# Versions: kfp 2.17.0, Python 3.11.
# Seen (1 December 2026), of version v7:
#   importer, composed: /models/{{channel:task=;name=version;type=String;}}, metadata /models/v7
#   importer, of a step's output: /models/v7, metadata /models/v7
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0
cat > "$folder/importer.py" <<'PYTHON'
import contextlib
import io
import logging
import sys

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def compose(address: str) -> str:
    return address


@dsl.component(install_kfp_package=False)
def look(model: dsl.Input[dsl.Model]) -> str:
    return f"{model.uri}, metadata {model.metadata['address']}"


@dsl.pipeline
def composed(version: str = "v7") -> str:
    address = f"/models/{version}"
    model = dsl.importer(
        artifact_uri=address, artifact_class=dsl.Model, metadata={"address": address}
    )
    return look(model=model.output).output


@dsl.pipeline
def of_an_output(version: str = "v7") -> str:
    address = compose(address=f"/models/{version}").output
    model = dsl.importer(
        artifact_uri=address, artifact_class=dsl.Model, metadata={"address": address}
    )
    return look(model=model.output).output


logging.disable(logging.CRITICAL)
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
with contextlib.redirect_stdout(io.StringIO()):
    seen = {
        "importer, composed": composed().output,
        "importer, of a step's output": of_an_output().output,
    }
for name, text in seen.items():
    print(f"{name}: {text}")
mark = "{{channel:task=;name=version;type=String;}}"
expected = {
    "importer, composed": f"/models/{mark}, metadata /models/v7",
    "importer, of a step's output": "/models/v7, metadata /models/v7",
}
sys.exit(seen != expected)
PYTHON
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -W ignore "$folder/importer.py" "$folder" \
    2> "$folder/errors" || {
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
