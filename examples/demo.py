"""Ask a running predictor, with nothing but Python: what it is, two forecasts, and why.

python examples/demo.py                                 # http://127.0.0.1:8081
python examples/demo.py https://models.example.com --token "$TOKEN"
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MOST = 5  # so many features are shown of each explanation
SECONDS = 30.0


class DemoError(Exception):
    """The predictor did not answer as it should; the message says how."""


@dataclass(frozen=True)
class Predictor:
    """A predictor somewhere.

    Attributes:
        url: Its address.
        model: Which of its models.
        token: Bearer token; empty for one that asks for none.
    """

    url: str
    model: str
    token: str = ""

    def metadata(self) -> Any:
        """What the model is: version, columns with units and ranges."""
        return self._ask(f"/v2/models/{self.model}")

    def predict(self, rows: Sequence[Mapping[str, float]]) -> Any:
        """Forecasts for some rows."""
        return self._ask(f"/v1/models/{self.model}:predict", {"instances": rows})

    def explain(self, rows: Sequence[Mapping[str, float]]) -> Any:
        """Forecasts, and what each feature has to do with them."""
        return self._ask(f"/v1/models/{self.model}:explain", {"instances": rows})

    def _ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers)  # noqa: S310  the person's own address
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace").strip()
            raise DemoError(f"{self.url}{path} answered {error.code}: {said}") from error
        except OSError as error:
            message = f"{self.url} does not answer ({error}); is it running, is this its address?"
            raise DemoError(message) from error


def demonstrate(predictor: Predictor) -> str:
    """Ask everything there is to ask, and put it into tables."""
    metadata = predictor.metadata()
    rows = rows_for(metadata["inputs"])
    unit = metadata["properties"]["unit"]
    parts = [
        about(metadata),
        forecasts(predictor.predict(rows), unit=unit),
        *reasons(predictor.explain(rows), rows, unit=unit),
        beyond(predictor, metadata["inputs"], rows[0], unit=unit),
    ]
    return "\n\n".join(parts)


def rows_for(inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """The rows of ``v1.json``; for a model of other columns, a row amid what it learnt from."""
    rows: list[dict[str, float]] = json.loads((HERE / "v1.json").read_text("utf-8"))["instances"]
    if list(rows[0]) == [one["name"] for one in inputs]:
        return rows
    middle = {
        one["name"]: (one["parameters"]["minimum"] + one["parameters"]["maximum"]) / 2
        for one in inputs
    }
    return [middle]


def about(metadata: Mapping[str, Any]) -> str:
    """The model in a few lines."""
    properties = metadata["properties"]
    facts = [
        ("model", metadata["name"]),
        ("version", metadata["versions"][0]),
        ("trained", properties["created"]),
        ("forecasts", f"{properties['target']} in {properties['unit']}"),
        ("from", f"{len(metadata['inputs'])} features ({properties['feature_set']})"),
    ]
    return "\n".join(f"{name + ':':11}{value}" for name, value in facts)


def forecasts(answer: Mapping[str, Any], *, unit: str) -> str:
    """A line for each row."""
    lines = [(f"row {row}", f"{value:.2f}") for row, value in enumerate(answer["predictions"])]
    return table(("forecast", unit), lines)


def reasons(
    answer: Mapping[str, Any], rows: Sequence[Mapping[str, float]], *, unit: str
) -> list[str]:
    """For each row the features that moved its forecast most, from the average to where it is."""
    tables = []
    for number, shares in enumerate(answer["contributions"]):
        most = sorted(shares, key=lambda name: -abs(shares[name]))[:MOST]
        rest = sum(share for name, share in shares.items() if name not in most)
        lines = [
            ("the average month", "", f"{answer['baseline']:.2f}"),
            *((name, f"{rows[number][name]:g}", f"{shares[name]:+.2f}") for name in most),
            ("all others", "", f"{rest:+.2f}"),
            ("forecast", "", f"{answer['predictions'][number]:.2f}"),
        ]
        tables.append(table((f"why row {number}", "value", unit), lines))
    return tables


def beyond(
    predictor: Predictor,
    inputs: Sequence[Mapping[str, Any]],
    row: Mapping[str, float],
    *,
    unit: str,
) -> str:
    """A row with a value that nobody has seen: answered, and flagged."""
    name, maximum = inputs[0]["name"], inputs[0]["parameters"]["maximum"]
    answer = predictor.predict([{**row, name: 2 * maximum + 1}])
    flagged = answer["out_of_range"]["values"][0]
    seen = f"{flagged['minimum']:g} to {flagged['maximum']:g}"
    line = (flagged["column"], f"{flagged['value']:g}", seen, f"{answer['predictions'][0]:.2f}")
    return table(("out of range", "value", "learnt from", unit), [line])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be; the first is text, the others numbers."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def main(arguments: Sequence[str]) -> int:
    """Print it all, or one sentence of what is wrong."""
    parser = argparse.ArgumentParser(description="Ask a running predictor for forecasts.")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8081")
    parser.add_argument("--model", default="milk-price")
    parser.add_argument("--token", default=os.environ.get("TOKEN", ""), help="[TOKEN]")
    options = parser.parse_args(arguments)
    try:
        print(demonstrate(Predictor(options.url.rstrip("/"), options.model, options.token)))
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
