"""Triton's gRPC client in a process of its own: it and KServe define the same messages.

Prints what it learnt as JSON. Usage: python triton_grpc.py <address> <model> <another>
"""

import json
import sys

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput


def main(address: str, model: str, other: str) -> None:
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    with InferenceServerClient(address) as client:
        sent = InferInput("x", list(rows.shape), "FP64")
        sent.set_data_from_numpy(rows)
        answer = client.infer(model, [sent], request_id="42")
        known = client.get_model_metadata(model)
        client.unload_model(other)
        unloaded = client.is_model_ready(other)
        client.load_model(other)
        found = {
            "predictions": answer.as_numpy("predict").tolist(),
            "id": answer.get_response().id,
            "columns": [column.name for column in known.inputs],
            "ready": client.is_model_ready(model, known.versions[0]),
            "other_version_ready": client.is_model_ready(model, "1"),
            "unloaded_and_loaded": [unloaded, client.is_model_ready(other)],
        }
    print(json.dumps(found))  # noqa: T201  read by the test


if __name__ == "__main__":
    main(*sys.argv[1:])
