"""The first of the old systems: FastAPI, a pydantic model of a row, a pickled pipeline.

    python old_fastapi.py --model FILE --columns FILE --port N

It runs in an environment of its own and imports nothing of this project.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model


def row_model(columns: list[str]) -> type[BaseModel]:
    """The class with a field for each column, which such projects write out by hand."""
    fields: dict[str, Any] = dict.fromkeys(columns, (float, ...))
    return create_model("MilkRow", **fields)


def application(model_file: Path, columns: list[str]) -> FastAPI:
    """Create the application; the model is read once."""
    app = FastAPI()
    model = joblib.load(model_file)
    row_class = row_model(columns)

    def predict(row: Any) -> dict[str, float]:
        table = pd.DataFrame([row.model_dump()])
        return {"prediction": float(model.predict(table)[0])}

    predict.__annotations__["row"] = row_class
    app.post("/predict")(predict)
    return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True, help="the pickled pipeline")
    parser.add_argument("--columns", type=Path, required=True, help="its columns as JSON")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    options = parser.parse_args()
    columns = json.loads(options.columns.read_text(encoding="utf-8"))
    uvicorn.run(application(options.model, columns), host="127.0.0.1", port=options.port)


if __name__ == "__main__":
    main()
