#!/bin/sh
# A client that caches what it reads asks again with If-None-Match, the ETag it has, and as HTTP's
# standard bids also with If-Modified-Since, the date it has. MinIO and moto answer 304 where either
# says "unchanged", although the ETag is another one: where an object was replaced within the second in
# which it was first written, the cache keeps the first content, and each later question has the same
# answer. With If-None-Match alone they send the new content; versitygw does so with both.
# A good guess is that an ETag decides wherever it is sent, as the standard says (If-Modified-Since is
# to be ignored beside If-None-Match), and that a cache which asks each time is never out of date.
#
# Versions: MinIO (module of 2026-02-12), moto 5.2.5, versitygw 1.8.0 (posix), CacheControl 0.14.4 on
# Requests 2.34.2, boto3 1.44.8, Python 3.11, Go 1.26.
# Seen (1 December 2026), of an object whose second content was written within the first one's second:
#   minio: cache: version 1, ETag alone: version 2
#   moto: cache: version 1, ETag alone: version 2
#   versitygw: cache: version 2, ETag alone: version 2
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8 \
    CacheControl==0.14.4 requests==2.34.2
GOBIN=$folder go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
GOBIN=$folder go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
cat > "$folder/caches.py" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cachecontrol import CacheControl

FOLDER = Path(sys.argv[1])
KEY, SECRET, BUCKET = "publisher", "secret-of-publisher", "models"
CREDENTIALS = {
    "MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET,
    "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET,
}
SERVERS = {
    "minio": "{folder}/minio server --quiet --address 127.0.0.1:{port} {data}",
    "moto": "{folder}/venv/bin/moto_server -H 127.0.0.1 -p {port}",
    "versitygw": "{folder}/versitygw --port 127.0.0.1:{port} posix {data}",
}
EXPECTED = {
    "minio": ("version 1", "version 2"),
    "moto": ("version 1", "version 2"),
    "versitygw": ("version 2", "version 2"),
}


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


def write(client, name, content):
    client.put_object(**name, Body=content)
    return client.head_object(**name)["LastModified"]


def look(client):
    for attempt in range(50):
        name = {"Bucket": BUCKET, "Key": f"champion-{attempt}"}
        url = client.generate_presigned_url("get_object", Params=name)
        cache = CacheControl(requests.Session())
        first = write(client, name, b"version 1")
        e_tag = cache.get(url).headers["ETag"]
        if write(client, name, b"version 2") == first:
            return cache.get(url).text, requests.get(url, headers={"If-None-Match": e_tag}).text
    sys.exit("no two writes within a second")


seen = {}
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
            config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
        )
        ready(client, process)
        seen[server] = look(client)
    finally:
        process.terminate()
        process.wait()
    print(f"{server}: cache: {seen[server][0]}, ETag alone: {seen[server][1]}")
sys.exit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" "$folder/caches.py" "$folder"
