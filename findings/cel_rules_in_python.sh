#!/bin/sh
# One rule of CEL, the language of Kubernetes' validations and of Kubeflow's conditions, has up to
# three answers in Python's three evaluators of it. cel-python divides every number by zero to plus
# infinity, also a negative one and zero itself, so that no failures of no rows are above any limit; it
# counts a negative index from the end of the list, and string(true) is "True". The CEL of Rust takes
# the year, month and hour of a timestamp in the offset that it is written with instead of in UTC, so
# that New Year's Eve in Chile has another year than in the cluster; and one element that is an error
# fails the whole of exists(), though another one is true. The C++ one, Google's own, answers as the CEL
# of Go 0.26.1 does, whose rules these are, but for NaN, which Go does not compare: an error.
# A good guess is that a language with a specification and a suite of conformance tests has one answer
# for arithmetic, dates and lists, and that what an evaluator lacks is an error.
#
# Versions: cel-python 0.5.0, common-expression-language 0.10.0 (Rust), cel-expr-python 0.1.3 (C++),
# Python 3.11.
# Seen (1 December 2026), in this order of cel-python, Rust and C++:
#   failed / rows > 0.05: True, error, False
#   change / volume < 0.0: False, True, True
#   prices[-1] > 400.0: True, error, error
#   timestamp(last).getFullYear() == 2027: True, False, True
#   counts.exists(n, 100 / n > 5): True, error, True
#   string(flag) == "true": False, error, True
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check cel-python==0.5.0 \
    common-expression-language==0.10.0 cel-expr-python==0.1.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import cel as rust
import celpy
from cel_expr_python import cel as google

VALUES = {
    "failed": 0.0,
    "rows": 0.0,
    "change": -5.0,
    "volume": 0.0,
    "prices": [420.0, 431.0],
    "last": "2026-12-31T22:00:00-03:00",
    "counts": [0, 10],
    "flag": True,
}
EXPECTED = {
    "failed / rows > 0.05": (True, "error", False),
    "change / volume < 0.0": (False, True, True),
    "prices[-1] > 400.0": (True, "error", "error"),
    "timestamp(last).getFullYear() == 2027": (True, False, True),
    "counts.exists(n, 100 / n > 5)": (True, "error", True),
    'string(flag) == "true"': (False, "error", True),
}


def of_cel_python(rule):
    environment = celpy.Environment()
    program = environment.program(environment.compile(rule))
    return bool(program.evaluate(celpy.json_to_cel(VALUES)))


def of_rust(rule):
    return rust.evaluate(rule, VALUES)


def of_google(rule):
    environment = google.NewEnv(variables=dict.fromkeys(VALUES, google.Type.DYN))
    value = environment.compile(rule).eval(data=VALUES)
    if value.type() == google.Type.ERROR:
        raise ValueError(value.value())
    return value.value()


def answer(evaluate, rule):
    try:
        return evaluate(rule)
    except (celpy.CELEvalError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return "error"


seen = {
    rule: tuple(answer(evaluate, rule) for evaluate in (of_cel_python, of_rust, of_google))
    for rule in EXPECTED
}
for rule, answers in seen.items():
    print(f"{rule}: {', '.join(map(str, answers))}")
sys.exit(seen != EXPECTED)
PYTHON
