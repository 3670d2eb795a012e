#!/bin/sh
# CopyObject with If-None-Match: *, which Amazon S3 takes and boto3 has as IfNoneMatch=, replaces what
# is there on MinIO, versitygw and moto, with status 200: the three refuse the same header with 412
# where the object is written by PutObject or CompleteMultipartUpload, and pass over it in a copy. So
# who tries whether a server knows conditions by a write, and then moves or publishes by copying from a
# staging key, has no condition at all. If-Match with another ETag is passed over likewise.
# A good guess is that a server either knows the condition on the object that is written or does not,
# and that one that does not know it in a copy says 501, as S3 does of what it does not implement.
#
# Versions: MinIO (module of 2026-02-12), versitygw 1.8.0 (posix), moto 5.2.5, boto3 1.44.8, Python
# 3.11, Go 1.26.
# Seen (30 November 2026), of minio, versitygw and moto alike:
#   put, IfNoneMatch: 412, kept
#   complete, IfNoneMatch: 412, kept
#   copy, IfNoneMatch: 200, replaced
#   put, IfMatch: 412, kept
#   copy, IfMatch: 200, replaced
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8
GOBIN=$folder go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
GOBIN=$folder go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
cat > "$folder/copies.py" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

FOLDER = Path(sys.argv[1])
KEY, SECRET, BUCKET = "publisher", "secret-of-publisher", "models"
CREDENTIALS = {
    "MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET,
    "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET,
}
SERVERS = {
    "minio": "{folder}/minio server --quiet --address 127.0.0.1:{port} {data}",
    "versitygw": "{folder}/versitygw --port 127.0.0.1:{port} posix {data}",
    "moto": "{folder}/venv/bin/moto_server -H 127.0.0.1 -p {port}",
}
EXPECTED = {
    "put, IfNoneMatch": (412, "kept"),
    "complete, IfNoneMatch": (412, "kept"),
    "copy, IfNoneMatch": (200, "replaced"),
    "put, IfMatch": (412, "kept"),
    "copy, IfMatch": (200, "replaced"),
}
OLD, NEW, OTHER = b"old", b"new", '"00000000000000000000000000000000"'


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ready(client, process):
    for _ in range(600):
        try:
            return client.create_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError):
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the server does not answer")


def completed(client, **condition):
    name = {"Bucket": BUCKET, "Key": "champion"}
    upload = {**name, "UploadId": client.create_multipart_upload(**name)["UploadId"]}
    part = client.upload_part(**upload, PartNumber=1, Body=NEW)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    return client.complete_multipart_upload(**upload, MultipartUpload=parts, **condition)


def outcome(client, request):
    client.put_object(Bucket=BUCKET, Key="champion", Body=OLD)
    try:
        status = request()["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    found = client.get_object(Bucket=BUCKET, Key="champion")["Body"].read()
    return status, "kept" if found == OLD else "replaced"


def look(client):
    there = {"Bucket": BUCKET, "Key": "champion"}
    client.put_object(Bucket=BUCKET, Key="staging", Body=NEW)
    copy = {**there, "CopySource": f"{BUCKET}/staging"}
    requests = {
        "put, IfNoneMatch": lambda: client.put_object(**there, Body=NEW, IfNoneMatch="*"),
        "complete, IfNoneMatch": lambda: completed(client, IfNoneMatch="*"),
        "copy, IfNoneMatch": lambda: client.copy_object(**copy, IfNoneMatch="*"),
        "put, IfMatch": lambda: client.put_object(**there, Body=NEW, IfMatch=OTHER),
        "copy, IfMatch": lambda: client.copy_object(**copy, IfMatch=OTHER),
    }
    return {name: outcome(client, request) for name, request in requests.items()}


holds = True
for server, command in SERVERS.items():
    port, data = free_port(), FOLDER / f"data-{server}"
    data.mkdir()
    words = command.format(folder=FOLDER, port=port, data=data).split()
    with open(FOLDER / f"{server}.log", "w") as log:
        process = subprocess.Popen(
            words, env={**os.environ, **CREDENTIALS}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
            aws_access_key_id=KEY, aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
        ready(client, process)
        seen = look(client)
    finally:
        process.terminate()
        process.wait()
    for name, (status, state) in seen.items():
        print(f"{server}: {name}: {status}, {state}")
    holds &= seen == EXPECTED
sys.exit(not holds)
PYTHON
"$folder/venv/bin/python" "$folder/copies.py" "$folder"
