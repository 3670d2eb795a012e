#!/bin/sh
# A filter of ML Metadata finds an artifact only if it has every property that the filter names, on
# either side of an OR and behind a NOT. Of two models, one with an rmse and one with a mae, each side of
# "rmse < 1 OR mae < 1" finds one and the whole finds none; a search by name that also asks for a
# property loses the model that has the name; NOT finds nothing that lacks the property. So it is with
# contexts: an artifact of no run is never found by a filter that mentions a run.
# A good guess is that OR finds at least what either of its sides finds, and NOT the others: the syntax is
# called that of SQL, and its description has an example of OR between a property and a custom one.
#
# Versions: ml-metadata 1.17.1 (SQLite in memory), Python 3.11, the newest that it has wheels for.
# Seen (1 December 2026), of ridge with an rmse of 0.5 in a run, and naive with a mae of 0.5:
#   rmse < 1: ridge
#   mae < 1: naive
#   rmse < 1 OR mae < 1: none
#   name = 'naive' OR rmse < 1: ridge
#   NOT rmse > 1: ridge
#   name = 'naive' OR run = 'first': ridge
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
    "rmse < 1": ["ridge"],
    "mae < 1": ["naive"],
    "rmse < 1 OR mae < 1": [],
    "name = 'naive' OR rmse < 1": ["ridge"],
    "NOT rmse > 1": ["ridge"],
    "name = 'naive' OR run = 'first'": ["ridge"],
}
FIELDS = {
    "rmse": "custom_properties.rmse.double_value",
    "mae": "custom_properties.mae.double_value",
    "run": "contexts_run.name",
}

connection = messages.ConnectionConfig()
connection.fake_database.SetInParent()
store = metadata_store.MetadataStore(connection)
model = store.put_artifact_type(messages.ArtifactType(name="Model"))
run = store.put_context_type(messages.ContextType(name="Run"))


def put(name, metric):
    artifact = messages.Artifact(type_id=model, name=name)
    artifact.custom_properties[metric].double_value = 0.5
    return store.put_artifacts([artifact])[0]


def names(rule):
    for word, field in FIELDS.items():
        rule = rule.replace(word, field)
    found = store.get_artifacts(list_options=ListOptions(filter_query=rule))
    return [artifact.name for artifact in found]


ridge = put("ridge", "rmse")
put("naive", "mae")
(first,) = store.put_contexts([messages.Context(type_id=run, name="first")])
member = messages.Attribution(artifact_id=ridge, context_id=first)
store.put_attributions_and_associations([member], [])

seen = {rule: names(rule) for rule in EXPECTED}
for rule, found in seen.items():
    print(f"{rule}: {' '.join(found) or 'none'}")
sys.exit(seen != EXPECTED)
PYTHON
    status=$?
    tail -n 20 "$folder/errors" >&2
    exit "$status"
}
