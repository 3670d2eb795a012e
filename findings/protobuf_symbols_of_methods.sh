#!/bin/sh
# A descriptor pool of Python's protobuf finds the file of a message, of a field, of an enumeration's
# value and of a service by its full name, but not of a service's method, though the method is a
# descriptor with a full name as all of them are, and the pool of C++ finds it. It is a KeyError. The
# reflection service of gRPC asks that pool, so a server in Python answers NOT_FOUND to who asks for
# "package.Service.Method", as grpcurl's describe does, while the call itself works.
# A good guess is that what is found of a field and of a value is found of a method.
#
# Versions: protobuf 6.33.6 and grpcio-reflection 1.81.1, Python 3.11.
# Seen (30 November 2026):
#   milk.Row: milk.proto
#   milk.Row.price: milk.proto
#   milk.RAW: milk.proto
#   milk.Prices: milk.proto
#   milk.Prices.Predict: not found
#   reflection of milk.Prices: milk.proto
#   reflection of milk.Prices.Predict: not found
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check protobuf==6.33.6 \
    grpcio-reflection==1.81.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

FILE = "milk.proto"
EXPECTED = {
    "milk.Row": FILE,
    "milk.Row.price": FILE,
    "milk.RAW": FILE,
    "milk.Prices": FILE,
    "milk.Prices.Predict": "not found",
    "reflection of milk.Prices": FILE,
    "reflection of milk.Prices.Predict": "not found",
}

file = descriptor_pb2.FileDescriptorProto(name=FILE, package="milk", syntax="proto3")
row = file.message_type.add(name="Row")
row.field.add(name="price", number=1, type=1, label=1)
kind = file.enum_type.add(name="Kind")
kind.value.add(name="RAW", number=0)
service = file.service.add(name="Prices")
service.method.add(name="Predict", input_type=".milk.Row", output_type=".milk.Row")
pool = descriptor_pool.DescriptorPool()
pool.Add(file)

seen = {}
for symbol in list(EXPECTED)[:5]:
    try:
        seen[symbol] = pool.FindFileContainingSymbol(symbol).name
    except KeyError:
        seen[symbol] = "not found"

server = grpc.server(futures.ThreadPoolExecutor(2))
reflection.enable_server_reflection(["milk.Prices"], server, pool=pool)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    for symbol in ("milk.Prices", "milk.Prices.Predict"):
        request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol)
        answer = next(stub.ServerReflectionInfo(iter([request])))
        files = answer.file_descriptor_response.file_descriptor_proto
        names = [descriptor_pb2.FileDescriptorProto.FromString(one).name for one in files]
        seen[f"reflection of {symbol}"] = names[0] if names else "not found"
server.stop(None)

for symbol, found in seen.items():
    print(f"{symbol}: {found}")
sys.exit(seen != EXPECTED)
PYTHON
