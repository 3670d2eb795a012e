#!/bin/sh
# A transformer of KServe that makes the tensor for its predictor by set_data_from_numpy, which is
# binary unless it is told otherwise, cannot reach the predictor over REST, though the same client
# reaches it from anywhere else: the transformer has put Content-Type: application/json among the
# headers, the client adds content-type: application/octet-stream to the same dictionary, httpx sends
# both lines, and the predictor goes by the first. The body, which begins with JSON, is refused as
# broken JSON with 400, of which the transformer makes a 500. A transformer that passes on what it was
# given makes JSON of binary tensors; FP16 has none, and who sent it as binary is told to do so.
# A good guess is that what the SDK makes by default, its own client takes to its own server.
#
# Versions: kserve 0.21.0, httpx 0.28.1, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026) of the predictor, of a transformer that passes on, of one that makes tensors:
#   FP64 as JSON: 200, 200, 500
#   FP64 as binary: 200, 200, 500
#   FP16 as binary: 200, 400, 500
#   sent by the transformer that makes tensors: application/json, application/octet-stream
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kserve==0.21.0 httpx==0.28.1 \
    numpy==2.4.6
cat > "$folder/server.py" <<'PYTHON'
import sys

from kserve import InferInput, InferRequest, Model, ModelServer
from kserve.utils.utils import get_predict_input, get_predict_response


class Forwarder(Model):
    def __init__(self):
        super().__init__("milk")
        self.ready = True


class Maker(Forwarder):
    def preprocess(self, payload, headers=None):
        array = payload.inputs[0].as_numpy()
        tensor = InferInput("price", list(array.shape), payload.inputs[0].datatype)
        tensor.set_data_from_numpy(array)
        return InferRequest("milk", [tensor])


class Predictor(Forwarder):
    def predict(self, payload, headers=None, response_headers=None):
        return get_predict_response(payload, get_predict_input(payload).astype("float64"), "milk")


kind = {"forwarder": Forwarder, "maker": Maker, "predictor": Predictor}[sys.argv.pop(1)]
ModelServer().start([kind()])
PYTHON
cat > "$folder/calls.py" <<'PYTHON'
import asyncio
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

FOLDER = Path(sys.argv[1])
CASES = {
    "FP64 as JSON": ("FP64", "float64", False),
    "FP64 as binary": ("FP64", "float64", True),
    "FP16 as binary": ("FP16", "float16", True),
}
EXPECTED = {
    "FP64 as JSON": (200, 200, 500),
    "FP64 as binary": (200, 200, 500),
    "FP16 as binary": (200, 400, 500),
}
TYPES = ["application/json", "application/octet-stream"]


class Recorder(BaseHTTPRequestHandler):
    """In the place of a predictor: keeps the content types of what it is sent."""

    found = []

    def do_POST(self):
        self.found += self.headers.get_all("Content-Type")
        self.send_error(501)

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(kind, *options):
    port = free_port()
    words = [kind, "--http_port", str(port), "--enable_grpc", "false", *options]
    with open(FOLDER / f"{port}.log", "w") as log:
        process = subprocess.Popen(
            [FOLDER / "venv/bin/python", FOLDER / "server.py", *words], stdout=log, stderr=log
        )
    processes.append(process)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/")
            return port
        except urllib.error.URLError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the server does not answer")


def transformer(kind, port):
    return start(kind, "--predictor_host", f"127.0.0.1:{port}", "--predictor_protocol", "v2")


async def status(port, datatype, kind, binary):
    tensor = InferInput("price", [2], datatype)
    tensor.set_data_from_numpy(np.array([320.5, 331.0], kind), binary_data=binary)
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
    request = InferRequest("milk", [tensor])
    try:
        await client.infer(f"http://127.0.0.1:{port}", request, model_name="milk")
    except httpx.HTTPStatusError as error:
        return error.response.status_code
    return 200


processes = []
recorder = HTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=recorder.serve_forever, daemon=True).start()
try:
    predictor = start("predictor")
    ports = [predictor, *(transformer(kind, predictor) for kind in ("forwarder", "maker"))]
    seen = {}
    for case, tensor in CASES.items():
        seen[case] = tuple(asyncio.run(status(port, *tensor)) for port in ports)
        print(f"{case}: {', '.join(map(str, seen[case]))}")
    asyncio.run(status(transformer("maker", recorder.server_port), *CASES["FP64 as JSON"]))
    print(f"sent by the transformer that makes tensors: {', '.join(Recorder.found)}")
finally:
    for process in processes:
        process.terminate()
        process.wait()
    recorder.shutdown()
sys.exit(seen != EXPECTED or Recorder.found != TYPES)
PYTHON
"$folder/venv/bin/python" "$folder/calls.py" "$folder"
