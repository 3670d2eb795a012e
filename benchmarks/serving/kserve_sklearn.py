"""KServe's predictor for scikit-learn, in the two ways its users have it.

    python -m benchmarks.serving.kserve_sklearn --model_file FILE --rows named|positional ...

``named`` is the custom predictor as the manual describes one: ``load`` unpickles the pipeline,
``predict`` makes a DataFrame of the rows. ``positional`` predicts as KServe's own sklearnserver
does, by KServe's own reading and writing of a payload; that server is an image, not a package,
and knows no named rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from kserve import Model, ModelServer, logging, model_server
from kserve.utils.utils import get_predict_input, get_predict_response


class PositionalModel(Model):  # type: ignore[misc]
    """Rows as lists of numbers, as in sklearnserver."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name)
        self.file = file

    def load(self) -> bool:
        """Unpickle the pipeline."""
        self.pipeline = joblib.load(self.file)
        self.ready = True
        return self.ready

    def predict(self, payload: Any, headers: dict[str, str] | None = None) -> Any:  # noqa: ARG002
        """Predict the rows of a v1 request."""
        result = self.pipeline.predict(get_predict_input(payload))
        return get_predict_response(payload, result, self.name)


class NamedModel(PositionalModel):
    """Rows as objects, a number for each column."""

    def predict(self, payload: Any, headers: dict[str, str] | None = None) -> Any:  # noqa: ARG002
        """Predict the rows of a v1 request."""
        rows = pd.DataFrame(payload["instances"])
        return {"predictions": self.pipeline.predict(rows).tolist()}


MODELS = {"named": NamedModel, "positional": PositionalModel}


def main() -> None:
    """Load the model and serve until stopped."""
    parser = argparse.ArgumentParser(parents=[model_server.parser])
    parser.add_argument("--model_file", type=Path, required=True, help="the pickled pipeline")
    parser.add_argument("--rows", choices=MODELS, required=True, help="the form of a row")
    options = parser.parse_args()
    logging.configure_logging(options.log_config_file)
    model = MODELS[options.rows](options.model_name, options.model_file)
    model.load()
    ModelServer().start([model])


if __name__ == "__main__":
    main()
