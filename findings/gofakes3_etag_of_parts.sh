#!/bin/sh
# gofakes3 answers CompleteMultipartUpload with the ETag that S3 gives an object of parts (MD5 of the
# MD5s, "-2"), and stores the object under another one, the MD5 of its bytes: that is what a HEAD, a
# listing and If-Match know. obstore's put() sends parts by itself above 5 MiB and returns the ETag of
# the answer, so that a compare-and-swap that begins with what its own write returned is right for
# small objects and refused for large ones, as if somebody else had been quicker; with the ETag of a
# HEAD it is taken. moto keeps the ETag that it answers with.
# A good guess is that a store which computes the ETag of parts at all computes it for the object.
#
# Versions: gofakes3 1.2.0 (memory), moto 5.2.5, obstore 0.12.1, Python 3.11, Go 1.26.
# Seen (30 November 2026):
#   gofakes3, 1 MiB: replaced; by the ETag of a HEAD: replaced
#   gofakes3, 6 MiB: PreconditionError; by the ETag of a HEAD: replaced
#   moto, 1 MiB: replaced; by the ETag of a HEAD: replaced
#   moto, 6 MiB: replaced; by the ETag of a HEAD: replaced
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8 \
    obstore==0.12.1
GOBIN=$folder go install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0
cat > "$folder/parts.py" <<'PYTHON'
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import obstore
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import PreconditionError
from obstore.store import S3Store

FOLDER = Path(sys.argv[1])
MIB = 2**20
SERVERS = {
    "gofakes3": "{folder}/gofakes3 -backend memory -host 127.0.0.1:{port}",
    "moto": "{folder}/venv/bin/moto_server -H 127.0.0.1 -p {port}",
}
EXPECTED = {
    ("gofakes3", 1): ("replaced", "replaced"),
    ("gofakes3", 6): ("PreconditionError", "replaced"),
    ("moto", 1): ("replaced", "replaced"),
    ("moto", 6): ("replaced", "replaced"),
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_bucket(endpoint, process):
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="writer",
        aws_secret_access_key="secret",
    )
    for _ in range(600):
        try:
            return client.create_bucket(Bucket="models")
        except (BotoCoreError, ClientError):
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the server does not answer")


def replace(store, e_tag):
    try:
        obstore.put(store, "model", b"next", mode={"e_tag": e_tag})
    except PreconditionError:
        return "PreconditionError"
    return "replaced"


def outcomes(store, size):
    written = obstore.put(store, "model", bytes(size))["e_tag"]
    first = replace(store, written)
    obstore.put(store, "model", bytes(size))
    return first, replace(store, obstore.head(store, "model")["e_tag"])


seen = {}
for server, command in SERVERS.items():
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with open(FOLDER / f"{server}.log", "w") as log:
        process = subprocess.Popen(
            command.format(folder=FOLDER, port=port).split(), stdout=log, stderr=log
        )
    try:
        make_bucket(endpoint, process)
        store = S3Store(
            "models", endpoint=endpoint, region="us-east-1", access_key_id="writer",
            secret_access_key="secret", client_options={"allow_http": True},
            virtual_hosted_style_request=False,
        )
        for size in (1, 6):
            seen[server, size] = outcomes(store, size * MIB)
    finally:
        process.terminate()
        process.wait()
for (server, size), (first, second) in seen.items():
    print(f"{server}, {size} MiB: {first}; by the ETag of a HEAD: {second}")
sys.exit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" "$folder/parts.py" "$folder"
