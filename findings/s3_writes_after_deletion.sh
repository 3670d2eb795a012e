#!/bin/sh
# In a bucket with versions a deleted object is not there: versitygw answers GET and HEAD with 404 and
# lists nothing. For the condition of a write it is still there. PUT If-None-Match: * is refused with
# 412, as is CompleteMultipartUpload, so that a key which was deleted once cannot be created on
# condition again, and who reads after the refusal to see what is there, and tries again, does so for
# ever. PUT If-Match with the ETag that the object had before it was deleted is done: a writer who
# missed the deletion undoes it and learns nothing of it. moto answers as Amazon S3 describes it: a
# delete marker is no object.
# A good guess is that a server asks one and the same question for a read and for a condition, and that
# "create if absent" is done where a read just said "absent".
#
# Versions: versitygw 1.8.0 (posix, with a folder of versions), moto 5.2.5, boto3 1.44.8, Python 3.11,
# Go 1.26.
# Seen (1 December 2026), after the deletion:
#   versitygw: read: 404, create: 412, complete: 412, replace: 200
#   moto: read: 404, create: 200, complete: 200, replace: 404
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8
GOBIN=$folder go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
cat > "$folder/deletions.py" <<'PYTHON'
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
KEY, SECRET = "publisher", "secret-of-publisher"
SERVERS = {
    "versitygw": "{folder}/versitygw --port 127.0.0.1:{port} posix --versioning-dir {folder}/old {data}",
    "moto": "{folder}/venv/bin/moto_server -H 127.0.0.1 -p {port}",
}
EXPECTED = {
    "versitygw": {"read": 404, "create": 412, "complete": 412, "replace": 200},
    "moto": {"read": 404, "create": 200, "complete": 200, "replace": 404},
}
OBJECT = {"Bucket": "models", "Key": "champion"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ready(client, process):
    for _ in range(600):
        try:
            return client.create_bucket(Bucket=OBJECT["Bucket"])
        except (BotoCoreError, ClientError):
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the server does not answer")


def completed(client):
    upload = {**OBJECT, "UploadId": client.create_multipart_upload(**OBJECT)["UploadId"]}
    part = client.upload_part(**upload, PartNumber=1, Body=b"new")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    return client.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")


def status_after_deletion(client, request):
    e_tag = client.put_object(**OBJECT, Body=b"old")["ETag"]
    client.delete_object(**OBJECT)
    try:
        return request(e_tag)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def look(client):
    client.put_bucket_versioning(
        Bucket=OBJECT["Bucket"], VersioningConfiguration={"Status": "Enabled"}
    )
    requests = {
        "read": lambda e_tag: client.get_object(**OBJECT),
        "create": lambda e_tag: client.put_object(**OBJECT, Body=b"new", IfNoneMatch="*"),
        "complete": lambda e_tag: completed(client),
        "replace": lambda e_tag: client.put_object(**OBJECT, Body=b"new", IfMatch=e_tag),
    }
    return {name: status_after_deletion(client, one) for name, one in requests.items()}


seen = {}
(FOLDER / "old").mkdir()
for server, command in SERVERS.items():
    port, data = free_port(), FOLDER / f"data-{server}"
    data.mkdir()
    words = command.format(folder=FOLDER, port=port, data=data).split()
    environment = {**os.environ, "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    with open(FOLDER / f"{server}.log", "w") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
            aws_access_key_id=KEY, aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
        ready(client, process)
        seen[server] = look(client)
    finally:
        process.terminate()
        process.wait()
    print(f"{server}: " + ", ".join(f"{name}: {one}" for name, one in seen[server].items()))
sys.exit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" "$folder/deletions.py" "$folder"
