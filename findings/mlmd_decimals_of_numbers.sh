#!/bin/sh
# ML Metadata, the store behind Kubeflow's runs, keeps six decimals of a number. A third comes back as
# 0.333333, a learning rate of 0.00001234 as 0.000012 and a p-value of 4e-7 as 0, without an error,
# although the property is a DOUBLE in its type, in the message that is sent and in the database; what
# is small is not rounded to some digits but gone. A filter by the number that was put does not find
# it. Integers of 64 bits are kept whole.
# A good guess is that a double is a double wherever it is declared as one, and if not, a float.
#
# Versions: ml-metadata 1.17.1 (SQLite in memory), Python 3.11, the newest that it has wheels for.
# Seen (1 December 2026), of a number: what comes back, and how many artifacts a filter by it finds:
#   0.3333333333333333: 0.333333, 0
#   1.234e-05: 1.2e-05, 0
#   4e-07: 0.0, 0
#   123456.789012345: 123456.789012, 0
#   0.25: 0.25, 1
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ml-metadata==1.17.1
"$folder/venv/bin/python" - 2> "$folder/errors" <<'PYTHON' || {
import sys

from ml_metadata.metadata_store import ListOptions, metadata_store
from ml_metadata.proto import metadata_store_pb2 as messages

EXPECTED = {
    1 / 3: (0.333333, 0),
    1.234e-5: (1.2e-5, 0),
    4e-7: (0.0, 0),
    123456.789012345: (123456.789012, 0),
    0.25: (0.25, 1),
}

connection = messages.ConnectionConfig()
connection.fake_database.SetInParent()
store = metadata_store.MetadataStore(connection)
model = messages.ArtifactType(name="Model", properties={"rmse": messages.DOUBLE})
type_id = store.put_artifact_type(model)


def kept(value):
    artifact = messages.Artifact(type_id=type_id)
    artifact.properties["rmse"].double_value = value
    (back,) = store.get_artifacts_by_id(store.put_artifacts([artifact]))
    rule = ListOptions(filter_query=f"properties.rmse.double_value = {value!r}")
    return back.properties["rmse"].double_value, len(store.get_artifacts(list_options=rule))


seen = {value: kept(value) for value in EXPECTED}
for value, (back, found) in seen.items():
    print(f"{value}: {back}, {found}")
sys.exit(seen != EXPECTED)
PYTHON
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
