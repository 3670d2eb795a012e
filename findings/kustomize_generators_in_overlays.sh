#!/bin/sh
# A generator of an overlay with behavior: merge, which adds or replaces an entry of a ConfigMap or a
# Secret of the base, keeps the base's entries, labels and annotations and whether its name has a hash,
# but neither the type of a Secret nor that it is immutable: Opaque and mutable are taken from the
# overlay, which says nothing of them. A Secret of a registry's credentials to which an overlay adds an
# entry is then one that no image is pulled with; a ConfigMap that nobody was to change can be changed.
# The same entry added by a patch leaves both as they are.
# A good guess is that a merge keeps what the overlay does not name, as every patch of kustomize does,
# and as this one does with the labels, which stand in the same options as immutable.
#
# Versions: kustomize 5.8.1, Go 1.26.
# Seen (1 December 2026):
#   base: ConfigMap immutable: true team: milk
#   base: Secret immutable: true team: milk type: kubernetes.io/dockerconfigjson
#   merge: ConfigMap team: milk
#   merge: Secret team: milk type: Opaque
#   patch: ConfigMap immutable: true team: milk
#   patch: Secret immutable: true team: milk type: kubernetes.io/dockerconfigjson
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
GOBIN=$folder go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
cd "$folder"
mkdir base merge patch
cat > base/kustomization.yaml <<'YAML'
generatorOptions:
  immutable: true
  labels: {team: milk}
configMapGenerator:
- name: prices
  literals: [month=6]
secretGenerator:
- name: registry
  type: kubernetes.io/dockerconfigjson
  literals: ['.dockerconfigjson={"auths": {}}']
YAML
cat > merge/kustomization.yaml <<'YAML'
resources: [../base]
configMapGenerator:
- name: prices
  behavior: merge
  literals: [horizon=12]
secretGenerator:
- name: registry
  behavior: merge
  literals: [owner=milk]
YAML
cat > patch/kustomization.yaml <<'YAML'
resources: [../base]
patches:
- patch: |-
    {apiVersion: v1, kind: ConfigMap, metadata: {name: prices}, data: {horizon: "12"}}
- patch: |-
    {apiVersion: v1, kind: Secret, metadata: {name: registry}, data: {owner: bWlsaw==}}
YAML
for kind in base merge patch; do
    # A line of each object: its kind, and of its fields those of which the base says something.
    ./kustomize build "$kind" | awk -v name="$kind" '
        /^---/ { print name ": " kind fields; fields = "" }
        $1 == "kind:" { kind = $2 }
        $1 ~ /^(immutable|team|type):$/ { fields = fields " " $1 " " $2 }
        END { print name ": " kind fields }'
done > seen
cat > expected <<'TEXT'
base: ConfigMap immutable: true team: milk
base: Secret immutable: true team: milk type: kubernetes.io/dockerconfigjson
merge: ConfigMap team: milk
merge: Secret team: milk type: Opaque
patch: ConfigMap immutable: true team: milk
patch: Secret immutable: true team: milk type: kubernetes.io/dockerconfigjson
TEXT
cat seen
cmp seen expected
