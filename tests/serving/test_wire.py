"""Requests as they come over the wire: in pieces, in a row, with and without farewell."""

from __future__ import annotations

import re
import socket

import pytest

pytestmark = pytest.mark.slow

BODY = b'{"instances": [[1.0, 2]]}'
PREDICT = b"POST /v1/models/milk:predict HTTP/1.1\r\nhost: x\r\n"
JSON = b"content-type: application/json\r\n"
FAREWELL = b"connection: close\r\n"


def request(body=BODY, *, more=b""):
    return b"%bcontent-length: %d\r\n%b%b\r\n%b" % (PREDICT, len(body), JSON, more, body)


@pytest.fixture
def connect(predictor):
    """Opens connections that end with the test."""
    opened = []

    def connect():
        connection = socket.create_connection(("127.0.0.1", predictor.http_port), timeout=10)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


def read_all(connection):
    """Read until the server closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def statuses(data):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", data)]


def test_wire_farewell_is_answered_and_the_connection_closed(connect):
    connection = connect()
    connection.sendall(request(more=FAREWELL))
    answer = read_all(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert statuses(answer) == [200]
    assert b"[101.0]" in body
    assert b"content-length: %d" % len(body) in head
    assert re.search(rb"\r\ndate: \w+", head)
    assert re.search(rb"\r\nx-request-id: \w+", head)


def test_wire_request_byte_by_byte_is_answered(connect):
    connection = connect()
    for byte in request(more=FAREWELL):
        connection.sendall(bytes([byte]))
    assert statuses(read_all(connection)) == [200]


def test_wire_pipelined_requests_are_answered_in_their_order(connect):
    """Prompt ones, ones that take the long way, and ones of KServe, on one connection."""
    connection = connect()
    missing = PREDICT.replace(b"milk:", b"butter:") + b"content-length: 0\r\n\r\n"
    live = b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    listing = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
    large = request(BODY.replace(b"[[", b"[" + b"[1, 2]," * 400 + b"["))
    sent = [request(), live, request(b"{}"), missing, large, listing, request(), request(b"[]")]
    connection.sendall(b"".join(sent) + request(more=FAREWELL))
    answer = read_all(connection)
    assert statuses(answer) == [200, 200, 400, 404, 200, 200, 200, 400, 200]


def test_wire_chunked_body_is_answered(connect):
    connection = connect()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    connection.sendall(PREDICT + JSON + FAREWELL + b"transfer-encoding: chunked\r\n\r\n" + chunks)
    assert b"[101.0]" in read_all(connection)


def test_wire_client_that_waits_to_be_asked_is_asked(connect):
    connection = connect()
    head, _, body = request(more=FAREWELL + b"expect: 100-continue\r\n").partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 100 Continue")
    connection.sendall(body)
    assert b"[101.0]" in read_all(connection)


def test_wire_old_http_is_answered_and_closed(connect):
    connection = connect()
    connection.sendall(request().replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert b"[101.0]" in read_all(connection)


def test_wire_senseless_bytes_are_400(connect):
    connection = connect()
    connection.sendall(b"no http at all\r\n\r\n")
    assert statuses(read_all(connection)) == [400]


def test_wire_head_has_no_body(connect):
    connection = connect()
    connection.sendall(b"HEAD /v2/health/live HTTP/1.1\r\nhost: x\r\n" + FAREWELL + b"\r\n")
    answer = read_all(connection)
    assert statuses(answer) == [200]
    assert answer.endswith(b"\r\n\r\n")


def test_wire_client_that_leaves_in_the_middle_disturbs_nobody(connect, client):
    for _ in range(20):
        connection = connect()
        connection.sendall(request()[:-5])
        connection.close()
    assert client.post("/v1/models/milk:predict", content=BODY).status_code == 200
