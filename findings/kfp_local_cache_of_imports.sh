#!/bin/sh
# With local.init(enable_caching=True) a step that reads an imported file is not run again when the
# file has changed, also where the importer says reimport=True: the second run has the first one's
# result, as a success. The key of the cache has the artifact's address and metadata, which are what
# they were, and nothing of the file: not its content, size or date. The importer itself does run again;
# whatever stands behind it is taken from before.
# A good guess is that reimport=True, which exists to say that an address has new content, makes the
# steps that depend on it run, or that a cache of files on this machine looks at the file.
#
# Versions: kfp 2.17.0, Python 3.11.
# Seen (1 December 2026), of the mean of a file of prices before and after it was replaced:
#   without the cache: 410.0, then 847.0
#   with the cache, reimport=True: 410.0, then 410.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kfp==2.17.0
cat > "$folder/imports.py" <<'PYTHON'
import contextlib
import io
import logging
import sys
from pathlib import Path

from kfp import dsl, local

FOLDER = Path(sys.argv[1])
PRICES = FOLDER / "prices.txt"


@dsl.component(install_kfp_package=False)
def average(prices: dsl.Input[dsl.Dataset]) -> float:
    with open(prices.path) as file:
        values = [float(line) for line in file]
    return sum(values) / len(values)


@dsl.pipeline
def average_of(address: str) -> float:
    prices = dsl.importer(artifact_uri=address, artifact_class=dsl.Dataset, reimport=True)
    return average(prices=prices.output).output


def averages(name, **options):
    root = str(FOLDER / name)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=root, **options)
    results = []
    for content in ("400\n420\n", "840\n850\n851\n"):
        PRICES.write_text(content)
        with contextlib.redirect_stdout(io.StringIO()):
            results.append(average_of(address=str(PRICES)).output)
    return results


logging.disable(logging.CRITICAL)
seen = {
    "without the cache": averages("uncached"),
    "with the cache, reimport=True": averages("cached", enable_caching=True),
}
for name, (first, second) in seen.items():
    print(f"{name}: {first}, then {second}")
expected = {
    "without the cache": [410.0, 847.0],
    "with the cache, reimport=True": [410.0, 410.0],
}
sys.exit(seen != expected)
PYTHON
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -W ignore "$folder/imports.py" "$folder" \
    2> "$folder/errors" || {
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
