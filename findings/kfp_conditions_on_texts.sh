#!/bin/sh
# kfp's compiler puts the text of dsl.If(parameter == "text") between single quotes into an expression
# of CEL as it stands. With an apostrophe, as in the Chilean region O'Higgins, the compiled pipeline
# has an expression that CEL cannot parse, which shows when a run gets there; with a backslash it has
# one that means another text, or none, and the branch is not taken by the very text it was written
# for. The compiler, which parses nothing of it, is content with each. Double quotes are right.
# A good guess is that a comparison of plain Python values is compiled with its quotes escaped, or
# refused, as the compiler refuses comparisons of lists.
#
# Versions: kfp 2.17.0, common-expression-language 0.10.0 (CEL of Rust), PyYAML as kfp asks, Python
# 3.11. The backend of Kubeflow evaluates the expression with the CEL of Go; the grammar is one.
# Seen (30 November 2026), the condition evaluated for the text it names:
#   Los Lagos: == 'Los Lagos' -> True
#   La "Grande": == 'La "Grande"' -> True
#   O'Higgins: == 'O'Higgins' -> no CEL
#   100\%: == '100\%' -> no CEL
#   norte\nuevo: == 'norte\nuevo' -> False
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0 \
    common-expression-language==0.10.0
cat > "$folder/conditions.py" <<'PYTHON'
import sys

import cel
import yaml
from kfp import compiler, dsl

PARAMETER = "pipelinechannel--region"
EXPECTED = {
    "Los Lagos": True,
    'La "Grande"': True,
    "O'Higgins": "no CEL",
    "100\\%": "no CEL",
    "norte\\nuevo": False,
}


@dsl.component
def train():
    pass


def condition(text):
    @dsl.pipeline
    def prices(region: str):
        with dsl.If(region == text):
            train()

    path = f"{sys.argv[1]}/pipeline.yaml"
    compiler.Compiler().compile(prices, path)
    with open(path) as file:
        tasks = yaml.safe_load(file)["root"]["dag"]["tasks"]
    return tasks["condition-1"]["triggerPolicy"]["condition"]


def outcome(expression, text):
    try:
        return cel.evaluate(expression, {"inputs": {"parameter_values": {PARAMETER: text}}})
    except ValueError:
        return "no CEL"


seen = {}
for text in EXPECTED:
    expression = condition(text)
    seen[text] = outcome(expression, text)
    print(f"{text}: {expression.partition('] ')[2]} -> {seen[text]}")
sys.exit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/conditions.py" "$folder"
