#!/bin/sh
# obstore 0.12 reports a conditional write (mode={"e_tag": ...}, an If-Match) that the server answers
# with 404 as PreconditionError, whatever the 404 says: no such key, no such bucket, or an access key
# that the server does not know (versitygw says that by 404 too). A read of the same key from the same
# server tells these apart: FileNotFoundError, with the server's code in its text.
# A good guess is that an error of a write has the class of the same status of a read, so that a
# PreconditionError means that somebody else was quicker; a loop that reads again and tries again
# then does so for ever against a bucket that is not there.
#
# Versions: obstore 0.12.1, Python 3.11; the answers are those that S3 servers send, from a server of
# http.server.
# Seen (30 November 2026):
#   read, NoSuchKey: FileNotFoundError
#   read, NoSuchBucket: FileNotFoundError
#   read, XAdminUserNotFound: FileNotFoundError
#   replace, NoSuchKey: PreconditionError
#   replace, NoSuchBucket: PreconditionError
#   replace, XAdminUserNotFound: PreconditionError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

CODES = ("NoSuchKey", "NoSuchBucket", "XAdminUserNotFound")
EXPECTED = {f"read, {code}": "FileNotFoundError" for code in CODES} | {
    f"replace, {code}": "PreconditionError" for code in CODES
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        code = self.path.split("/")[-1]
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
        self.send_response(404)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = answer

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
store = S3Store(
    "models", endpoint=f"http://127.0.0.1:{server.server_port}", access_key_id="reader",
    secret_access_key="secret", client_options={"allow_http": True},
    virtual_hosted_style_request=False,
)


def outcome(request):
    try:
        request()
    except BaseError as error:
        return type(error).__name__
    except FileNotFoundError:
        return "FileNotFoundError"
    return "done"


seen = {f"read, {code}": outcome(lambda: obstore.get(store, code)) for code in CODES}
for code in CODES:
    seen[f"replace, {code}"] = outcome(
        lambda: obstore.put(store, code, b"data", mode={"e_tag": '"0"'})
    )
server.shutdown()
for name, found in seen.items():
    print(f"{name}: {found}")
sys.exit(seen != EXPECTED)
PYTHON
