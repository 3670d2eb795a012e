#!/bin/sh
# A model server of KServe with ModelServer().start([model]), as its examples have it, answers
# POST /v2/repository/models/NAME/load with {"load": true} and loads nothing: the model's load() is
# not called, and the new file beside it is not read, since the default repository's load() is empty
# and the answer says only that the model is ready. Unload does take the model away, and for good:
# the same load is then refused with 503, until the process is started again, while the server as a
# whole says that it is ready, with no model. These are the calls of Triton's extension for model
# repositories, by which a registry tells its servers of a new version.
# A good guess is that load calls load(), or says 501, and that it takes back what unload did.
#
# Versions: kserve 0.21.0, Python 3.11.
# Seen (1 December 2026), the prediction being the price read and how often load() was called:
#   /v1/models/milk:predict: 200 {"predictions":[1,1]}
#   /v2/repository/models/milk/load: 200 {"name":"milk","load":true}
#   /v1/models/milk:predict: 200 {"predictions":[1,1]}
#   /v2/repository/models/milk/unload: 200 {"name":"milk","unload":true}
#   /v2/repository/models/milk/load: 503 {"error":"Model with name milk is not ready."}
#   /v1/models/milk:predict: 404 {"error":"Model with name milk does not exist."}
#   /v2/health/ready: 200 {"ready":true}
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kserve==0.21.0
cat > "$folder/server.py" <<'PYTHON'
from pathlib import Path

from kserve import Model, ModelServer

FILE = Path(__file__).with_name("price")


class Milk(Model):
    def __init__(self):
        super().__init__("milk")
        self.loads = 0

    def load(self):
        self.price = int(FILE.read_text())
        self.loads += 1
        self.ready = True
        return True

    def predict(self, payload, headers=None, response_headers=None):
        return {"predictions": [self.price, self.loads]}


model = Milk()
model.load()
ModelServer().start([model])
PYTHON
cat > "$folder/calls.py" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

FOLDER = Path(sys.argv[1])
ROWS = b'{"instances": [1]}'
LOAD, UNLOAD = (f"/v2/repository/models/milk/{verb}" for verb in ("load", "unload"))
PREDICT, READY = "/v1/models/milk:predict", "/v2/health/ready"
EXPECTED = [
    (PREDICT, 200, '{"predictions":[1,1]}'),
    (LOAD, 200, '{"name":"milk","load":true}'),
    (PREDICT, 200, '{"predictions":[1,1]}'),
    (UNLOAD, 200, '{"name":"milk","unload":true}'),
    (LOAD, 503, '{"error":"Model with name milk is not ready."}'),
    (PREDICT, 404, '{"error":"Model with name milk does not exist."}'),
    (READY, 200, '{"ready":true}'),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def call(path):
    data = {PREDICT: ROWS, READY: None}.get(path, b"")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as response:
            return path, response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return path, error.code, error.read().decode()


def wait(process):
    for _ in range(600):
        try:
            return call(READY)
        except urllib.error.URLError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the server does not answer")


port = free_port()
(FOLDER / "price").write_text("1")
options = ["--http_port", str(port), "--enable_grpc", "false"]
with open(FOLDER / "server.log", "w") as log:
    process = subprocess.Popen(
        [FOLDER / "venv/bin/python", FOLDER / "server.py", *options], stdout=log, stderr=log
    )
try:
    wait(process)
    seen = []
    for path, *_ in EXPECTED:
        if path == LOAD:
            (FOLDER / "price").write_text("2")
        seen.append(call(path))
finally:
    process.terminate()
    process.wait()
for path, status, body in seen:
    print(f"{path}: {status} {body}")
sys.exit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" "$folder/calls.py" "$folder"
