"""A predictor with a model of KServe beside those of MODEL_URI, started as a user's own program.

Usage: python -m tests.support.kserve_models <name of the model> <options of python -m serving>
"""

import os
import sys

from serving.__main__ import build_server
from serving.models.repository import ModelRepository
from serving.options import read_settings


def main(name: str, *options: str) -> None:
    settings = read_settings(options, os.environ)
    repository = ModelRepository.from_settings(settings)
    repository.start()
    server = build_server(settings, repository)
    import kserve

    class Sum(kserve.Model):
        """The sum of each row."""

        def predict(self, payload, headers=None):  # noqa: ARG002
            if isinstance(payload, dict):
                return {"predictions": list(map(sum, payload["instances"]))}
            sums = payload.inputs[0].as_numpy().sum(axis=1)
            output = kserve.InferOutput("sum", list(sums.shape), "FP64")
            output.set_data_from_numpy(sums, binary_data=False)
            return kserve.InferResponse("1", self.name, [output])

    model = Sum(name)
    model.load()
    try:
        server.start([model])
    finally:
        repository.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
