#!/bin/sh
# A call of gRPC for Python that may take for ever, timeout=float("inf"), is over before it begins:
# DEADLINE_EXCEEDED, with a server that answers at once. So is one with threading.TIMEOUT_MAX, the
# longest wait that Python's own locks take, with sys.maxsize, and with any number of seconds that
# ends after the year 2262, where the nanoseconds since 1970 no longer fit 64 bits. A century works; of
# it the server is told 27,000 hours. Clients of threads and of asyncio alike; only None is no limit.
# A good guess is that infinity waits without end, as it does in asyncio.wait_for, or is refused with
# an error that names the number; what comes looks like a slow server.
#
# Versions: grpcio 1.85.3, Python 3.11.
# Seen (1 December 2026), of threads and of asyncio:
#   a century: answered, 27000 hours left
#   threading.TIMEOUT_MAX: DEADLINE_EXCEEDED
#   sys.maxsize: DEADLINE_EXCEEDED
#   infinity: DEADLINE_EXCEEDED
#   None: answered, no limit
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check grpcio==1.85.3
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
import threading
from concurrent import futures

import grpc

METHOD = "/milk.Prices/Predict"
TIMEOUTS = {
    "a century": 100 * 365 * 86400,
    "threading.TIMEOUT_MAX": threading.TIMEOUT_MAX,
    "sys.maxsize": sys.maxsize,
    "infinity": float("inf"),
    "None": None,
}
EXPECTED = {name: "DEADLINE_EXCEEDED" for name in TIMEOUTS}
EXPECTED |= {"a century": "answered, 27000 hours left", "None": "answered, no limit"}


def predict(request, context):
    left = context.time_remaining()
    return b"no limit" if left > TIMEOUTS["a century"] else f"{left / 3600:.0f} hours left".encode()


def outcome(timeout, channel):
    try:
        return "answered, " + channel.unary_unary(METHOD)(b"", timeout=timeout).decode()
    except grpc.RpcError as error:
        return error.code().name


async def outcomes(target):
    found = {}
    async with grpc.aio.insecure_channel(target) as channel:
        for name, timeout in TIMEOUTS.items():
            try:
                answer = await channel.unary_unary(METHOD)(b"", timeout=timeout)
                found[name] = "answered, " + answer.decode()
            except grpc.RpcError as error:
                found[name] = error.code().name
    return found


server = grpc.server(futures.ThreadPoolExecutor(2))
handlers = {"Predict": grpc.unary_unary_rpc_method_handler(predict)}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("milk.Prices", handlers),))
target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
server.start()
with grpc.insecure_channel(target) as channel:
    threads = {name: outcome(timeout, channel) for name, timeout in TIMEOUTS.items()}
tasks = asyncio.run(outcomes(target))
server.stop(None)
for name in TIMEOUTS:
    print(f"{name}: {threads[name]}; asyncio: {tasks[name]}")
sys.exit(threads != EXPECTED or tasks != EXPECTED)
PYTHON
