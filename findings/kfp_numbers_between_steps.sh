#!/bin/sh
# Numbers on their way between steps of a pipeline go through protobuf's Value, a double that JSON has
# to hold. A whole number beyond 2^53 therefore arrives as its neighbour, though the parameter is an
# int in the code, an integer in the compiled file, and no step computes with it: an identifier made of
# digits, or a seed, is another one. A score that is NaN, as r2 of a single row is, is logged by the
# step without complaint; the step ends well, and then the run ends with an exception of protobuf, also
# where errors are not to be raised (raise_on_error=False). A step may return NaN, and the next step
# cannot take it. Kubeflow 2.17.0's own launcher, on a cluster, fails all three steps after their work
# is done and tries them again, since it cannot parse what they wrote; the integer arrives as its
# neighbour there too.
# A good guess is that int means Python's int, and that NaN is recorded, or shown as missing.
#
# Versions: kfp 2.17.0, protobuf as kfp asks, Python 3.11.
# Seen (30 November 2026):
#   9007199254740993 arrives as 9007199254740992
#   a logged NaN: SerializeToJsonError, after the step had ended
#   a returned NaN: nan
#   a returned NaN to the next step: SerializeToJsonError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0
cat > "$folder/steps.py" <<'PYTHON'
import contextlib
import io
import logging
import os
import sys

from kfp import dsl, local

FOLDER = sys.argv[1]
GIVEN = 2**53 + 1


@dsl.component(install_kfp_package=False)
def whole(number: int) -> str:
    return str(number)


@dsl.component(install_kfp_package=False)
def log(ended: str, metrics: dsl.Output[dsl.Metrics]):
    metrics.log_metric("r2", float("nan"))
    open(ended, "w").close()


@dsl.component(install_kfp_package=False)
def give() -> float:
    return float("nan")


@dsl.component(install_kfp_package=False)
def take(number: float):
    pass


@dsl.pipeline
def chain():
    take(number=give().output)


def quiet(run, **arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return run(**arguments).outputs
        except Exception as error:
            return type(error).__name__


logging.disable(logging.CRITICAL)
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=FOLDER, raise_on_error=False)
ended = f"{FOLDER}/ended"
arrived = quiet(whole, number=GIVEN)["Output"]
logged = quiet(log, ended=ended)
returned = quiet(give)["Output"]
passed = quiet(chain)
print(f"{GIVEN} arrives as {arrived}")
print(f"a logged NaN: {logged}, after the step had ended: {os.path.exists(ended)}")
print(f"a returned NaN: {returned}")
print(f"a returned NaN to the next step: {passed}")
error = "SerializeToJsonError"
seen = (arrived, logged, os.path.exists(ended), str(returned), passed)
sys.exit(seen != (str(2**53), error, True, "nan", error))
PYTHON
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -W ignore "$folder/steps.py" "$folder" 2> "$folder/errors" || {
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
