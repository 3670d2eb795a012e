#!/bin/sh
# InferInput.as_string(), KServe's method for a tensor of texts, gives the texts of no request that
# KServe itself reads: from gRPC with raw contents an empty list, without an error; from gRPC with
# typed contents and from REST an AttributeError, whether the tensor is a list or a column. It looks
# for bytes in rows of the data as it was kept, which are text or bytes themselves, or were left where
# they came in. Only an input made by hand of lists of bytes is read. as_numpy() reads each of them,
# as text from REST and as bytes from gRPC.
# A good guess is that a method for the one datatype of text works for the requests that carry it.
#
# Versions: kserve 0.21.0, Python 3.11.
# Seen (30 November 2026), of the texts Osorno and Valdivia:
#   REST, [2]: AttributeError; as_numpy: ['Osorno', 'Valdivia']
#   REST, [2, 1]: AttributeError; as_numpy: ['Osorno', 'Valdivia']
#   gRPC, [2]: AttributeError; as_numpy: [b'Osorno', b'Valdivia']
#   gRPC, [2, 1]: AttributeError; as_numpy: [b'Osorno', b'Valdivia']
#   gRPC raw, [2]: []; as_numpy: [b'Osorno', b'Valdivia']
#   gRPC raw, [2, 1]: []; as_numpy: [b'Osorno', b'Valdivia']
#   by hand, [2, 1]: ['Osorno', 'Valdivia']; as_numpy: [b'Osorno', b'Valdivia']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kserve==0.21.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
import struct
import sys

from kserve import InferInput, InferRequest
from kserve.protocol.grpc.grpc_predict_v2_pb2 import ModelInferRequest

TEXTS = ["Osorno", "Valdivia"]
BYTES = [text.encode() for text in TEXTS]


def rest(shape):
    data = TEXTS if len(shape) == 1 else [[text] for text in TEXTS]
    tensor = {"name": "place", "datatype": "BYTES", "shape": shape, "data": data}
    body = json.dumps({"inputs": [tensor]}).encode()
    return InferRequest.from_bytes(body, len(body), "model").inputs[0]


def grpc(shape, raw=False):
    request = ModelInferRequest(model_name="model")
    tensor = request.inputs.add(name="place", datatype="BYTES", shape=shape)
    if raw:
        packed = b"".join(struct.pack("<I", len(text)) + text for text in BYTES)
        request.raw_input_contents.append(packed)
    else:
        tensor.contents.bytes_contents.extend(BYTES)
    return InferRequest.from_grpc(request).inputs[0]


def by_hand(shape):
    return InferInput("place", shape, "BYTES", data=[[text] for text in BYTES])


def strings(tensor):
    try:
        return str(tensor.as_string())
    except AttributeError:
        return "AttributeError"


seen = {}
for name, make, shapes in (
    ("REST", rest, ([2], [2, 1])),
    ("gRPC", grpc, ([2], [2, 1])),
    ("gRPC raw", lambda shape: grpc(shape, raw=True), ([2], [2, 1])),
    ("by hand", by_hand, ([2, 1],)),
):
    for shape in shapes:
        tensor = make(shape)
        seen[f"{name}, {shape}"] = strings(tensor), tensor.as_numpy().ravel().tolist()
for name, (texts, values) in seen.items():
    print(f"{name}: {texts}; as_numpy: {values}")
expected = {
    "REST, [2]": ("AttributeError", TEXTS),
    "REST, [2, 1]": ("AttributeError", TEXTS),
    "gRPC, [2]": ("AttributeError", BYTES),
    "gRPC, [2, 1]": ("AttributeError", BYTES),
    "gRPC raw, [2]": ("[]", BYTES),
    "gRPC raw, [2, 1]": ("[]", BYTES),
    "by hand, [2, 1]": (str(TEXTS), BYTES),
}
sys.exit(seen != expected)
PYTHON
