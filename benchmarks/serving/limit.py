"""The limit: a bare ASGI server that only reads rows, does the arithmetic and responds.

    python -m benchmarks.serving.limit --polynomial FILE --port N

It has no routes, checks, metrics or error handling: whatever else a server on uvicorn, uvloop,
httptools and orjson does costs time beyond this.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from benchmarks.serving.model import MinimalPolynomial

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


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
