"""The second of the old systems: Flask, a DataFrame of the request, the model read for each.

    python old_flask.py --model FILE --port N

It runs in an environment of its own and imports nothing of this project.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from flask import Flask, jsonify, request
from waitress import serve

THREADS = 8  # as many as there are clients


def application(model_file: Path) -> Flask:
    """Create the application."""
    app = Flask(__name__)

    @app.get("/")
    def home() -> str:
        return "ready"

    @app.post("/predict")
    def predict() -> Any:
        table = pd.DataFrame(request.json["query"])
        model = joblib.load(model_file)
        return jsonify(prediction=list(model.predict(table)))

    return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True, help="the pickled pipeline")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    options = parser.parse_args()
    serve(application(options.model), host="127.0.0.1", port=options.port, threads=THREADS)


if __name__ == "__main__":
    main()
