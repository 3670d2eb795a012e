"""The limit: a bare ASGI server that only reads rows, does the arithmetic and responds.

    python -m benchmarks.serving.limit --polynomial FILE --port N

It has no routes, checks, metrics or error handling: whatever else a server on uvicorn, uvloop,
httptools and orjson does costs time beyond this.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import uvicorn

FEW = 32  # rows, up to which plain Python is faster than numpy; measured

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class MinimalPolynomial:
    """The least arithmetic that gives the pipeline's predictions.

    Attributes:
        inputs: Name, mean and scale of each column that is read.
        products: For each monomial but the constant: the earlier one and the input to multiply.
        coefficients: The coefficient of each monomial, the constant first.
        intercept: The intercept.
    """

    inputs: tuple[tuple[str, float, float], ...]
    products: tuple[tuple[int, int], ...]
    coefficients: tuple[float, ...]
    intercept: float

    @classmethod
    def from_pipeline(cls, pipeline: Any) -> MinimalPolynomial:
        """Take the numbers of a fitted scale, selector, poly, model pipeline."""
        scale, selector, poly, model = (step for _, step in pipeline.steps)
        kept = selector.get_support(indices=True)
        names, means, scales = (
            values[kept].tolist() for values in (scale.feature_names_in_, scale.mean_, scale.scale_)
        )
        return cls(
            inputs=tuple(zip(names, means, scales, strict=True)),
            products=_products(poly.powers_.tolist()),
            coefficients=tuple(model.coef_.tolist()),
            intercept=float(model.intercept_),
        )

    @classmethod
    def from_json(cls, data: bytes) -> MinimalPolynomial:
        """Read what ``to_json`` wrote."""
        return cls(**orjson.loads(data))

    def to_json(self) -> bytes:
        """Write it, so that a server need not import scikit-learn."""
        return orjson.dumps(asdict(self))

    def predict(self, row: Mapping[str, float]) -> float:
        """Predict one row in plain Python; its columns are not checked."""
        total: float = self._sum([(row[name] - mean) / scale for name, mean, scale in self.inputs])
        return total

    def predict_all(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """Predict rows, many of them with numpy."""
        if len(rows) <= FEW:
            return [self.predict(row) for row in rows]
        columns = [
            (np.array([row[name] for row in rows], dtype=float) - mean) / scale
            for name, mean, scale in self.inputs
        ]
        predictions: list[float] = self._sum(columns).tolist()
        return predictions

    def _sum(self, values: Sequence[Any]) -> Any:
        """The polynomial of scaled inputs, each a number or an array."""
        monomials: list[Any] = [1.0]
        for earlier, column in self.products:
            monomials.append(monomials[earlier] * values[column])
        return self.intercept + sum(map(mul, self.coefficients, monomials))


def _products(powers: list[list[int]]) -> tuple[tuple[int, int], ...]:
    """Each monomial as the product of an earlier one and a column."""
    positions = {tuple(power): position for position, power in enumerate(powers)}
    products = []
    for power in powers[1:]:
        column = next(index for index, exponent in enumerate(power) if exponent)
        earlier = [exponent - (index == column) for index, exponent in enumerate(power)]
        products.append((positions[tuple(earlier)], column))
    return tuple(products)


def application(polynomial: MinimalPolynomial) -> Application:
    """Create the application: it predicts for every POST and is ready for every GET."""
    predict = polynomial.predict_all

    async def respond(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        content = b"{}"
        if scope["method"] == "POST":
            rows = orjson.loads(await _body(receive))["instances"]
            content = orjson.dumps({"predictions": predict(rows)})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return respond


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.limit")
    parser.add_argument("--polynomial", type=Path, required=True, help="file of the model")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    options = parser.parse_args()
    uvicorn.run(
        application(MinimalPolynomial.from_json(options.polynomial.read_bytes())),
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    return body


if __name__ == "__main__":
    main()
