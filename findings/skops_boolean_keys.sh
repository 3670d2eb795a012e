#!/bin/sh
# A dictionary whose keys are True and False comes back from skops.io with one entry, the later one,
# under True: keys are written as JSON's texts "true" and "false", and read by bool(), which makes True
# of both. Nothing warns, nothing has to be trusted first, and an estimator of scikit-learn is enough: a
# LogisticRegression with class_weight={True: 20, False: 1} loads as one with {True: 1}, predicts as
# before, and is fitted without weights from then on, as are its clones. Of a dictionary with the keys
# 1 and "1" one entry comes back, and the keys after it under another type. joblib keeps all of them.
# A good guess is that a format that writes the type of each key restores the key.
#
# Versions: skops 0.16.0, scikit-learn 1.9.1, numpy 2.4.6, joblib 1.6.0, Python 3.11.
# Seen (1 December 2026):
#   {True: 20, False: 1}          skops: {True: 1}           joblib: {True: 20, False: 1}
#   {False: 1, True: 20}          skops: {True: 20}          joblib: {False: 1, True: 20}
#   {1: 'a', '1': 'b', 2: 'c'}    skops: {1: 'b', '2': 'c'}  joblib: {1: 'a', '1': 'b', 2: 'c'}
#   months said to be dear: 138, as loaded 138, fitted again 24
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check skops==0.16.0 \
    scikit-learn==1.9.1 numpy==2.4.6 joblib==1.6.0
"$folder/venv/bin/python" -W error - <<'PYTHON'
import io
import sys

import joblib
import numpy as np
import skops.io
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

DICTIONARIES = [{True: 20, False: 1}, {False: 1, True: 20}, {1: "a", "1": "b", 2: "c"}]


def by_skops(value):
    return skops.io.loads(skops.io.dumps(value))


def by_joblib(value):
    file = io.BytesIO()
    joblib.dump(value, file)
    file.seek(0)
    return joblib.load(file)


restored = []
for dictionary in DICTIONARIES:
    restored.append(by_skops(dictionary))
    print(f"{dictionary!s:<29} skops: {restored[-1]!s:<19} joblib: {by_joblib(dictionary)}")
random = np.random.default_rng(0)
rain = random.normal(size=(300, 2))
dear = rain[:, 0] + random.normal(0, 1, len(rain)) > 1.5
model = LogisticRegression(class_weight={True: 20, False: 1}).fit(rain, dear)
loaded = by_skops(model)
again = clone(loaded).fit(rain, dear)
counts = [int(each.predict(rain).sum()) for each in (model, loaded, again)]
print("months said to be dear: {}, as loaded {}, fitted again {}".format(*counts))
holds = (
    restored[:2] == [{True: 1}, {True: 20}]
    and len(restored[2]) == 2
    and all(by_joblib(dictionary) == dictionary for dictionary in DICTIONARIES)
    and counts[0] == counts[1] > 2 * counts[2]
)
sys.exit(not holds)
PYTHON
