"""Clients that are slow, silent, endless or many: no other waits, and they are disconnected."""

from __future__ import annotations

import contextlib
import re
import resource
import socket
import time

import psutil
import pytest

from tests.support.serving import running_tiny_model, wait_until

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 2.0
IDLE, MOST = 10_000, 10_050
IDLE_BYTES = 24 * 1024  # of memory, at most, for a connection that says nothing
SLOW_CLIENTS = 300  # more than twice as many as there may be requests in progress
ROW = {"instances": [{"rain_mean": 1.0, "month": 2}]}
BODY = b'{"instances": [[1.0, 2]]}'
PREDICT = b"POST /v1/models/milk:predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
ALIVE = b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"  # the greeting of a client
LARGE = 100_000  # goes the long way


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """Return a predictor with a short timeout."""
    options = ("--request-seconds", str(TIMEOUT_SECONDS), "--max-connections", str(MOST))
    with running_tiny_model(tmp_path_factory.mktemp("timeout"), *options) as running:
        yield running
        assert "request failed" not in running.log
        assert "Traceback" not in running.log


@pytest.fixture
def connect(predictor):
    """Open connections that end with the test; afterwards the predictor answers."""
    opened = []

    def connect(sent=b""):
        connection = socket.create_connection(("127.0.0.1", predictor.http_port), timeout=20)
        opened.append(connection)
        connection.sendall(sent)
        return connection

    yield connect
    for connection in opened:
        connection.close()
    assert_answers(predictor)


def assert_answers(predictor):
    with predictor.client() as client:
        assert client.post("/v1/models/milk:predict", json=ROW).json()["predictions"] == [101.0]


def read_all(connection):
    """Read until the server closes, whichever way it does that."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            data += part
    return data


def status(data):
    first = re.match(rb"HTTP/1\.1 (\d+) ", data)
    return first and int(first[1])


INCOMPLETE = {
    "nothing": (b"", None),
    "half a line": (b"POST /v1/mod", 408),
    "half a head": (PREDICT, 408),
    "half a small body": (PREDICT + b"content-length: 25\r\n\r\n" + BODY[:9], 408),
    "half a large body": (PREDICT + b"content-length: %d\r\n\r\n" % LARGE + b" " * 70_000, 408),
    "half a chunk": (PREDICT + b"transfer-encoding: chunked\r\n\r\nffff\r\n  ", 408),
    "no end of chunks": (PREDICT + b"transfer-encoding: chunked\r\n\r\n2\r\n  \r\n", 408),
    "half a request after an answer": (
        PREDICT + b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY) + b"POST /v1/mod",
        200,
    ),
}


@pytest.mark.parametrize(("sent", "expected"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_request_that_does_not_come_is_timed_out_and_disconnected(connect, sent, expected):
    assert status(read_all(connect(sent))) == expected


def test_request_that_does_not_come_is_counted(connect, predictor):
    def count():
        line = 'milkprice_requests_total{model="",route="connection",status="408"} '
        with predictor.client() as client:
            text = client.get("/metrics").text
        return sum(map(float, re.findall(f"^{re.escape(line)}(.+)$", text, re.M)))

    before = count()
    assert status(read_all(connect(b"POST /v1/mod"))) == 408
    assert count() == before + 1


def test_open_connections_are_counted_by_protocol(connect, predictor):
    def counts():
        with predictor.client() as client:
            text = client.get("/metrics").text
        found = re.findall(r'^milkprice_connections\{protocol="(\w+)"\} (.+)$', text, re.M)
        return {protocol: float(count) for protocol, count in found}

    wait_until(lambda: counts() == {"http": 1.0, "grpc": 0.0}, what="the end of others")
    for _ in range(3):
        assert status(connect(ALIVE).recv(65536)) == 200  # and kept
    with socket.create_connection(("127.0.0.1", predictor.grpc_port), timeout=20) as idle:
        idle.sendall(HTTP2)
        wait_until(lambda: counts() == {"http": 4.0, "grpc": 1.0}, what="their count")
    wait_until(lambda: counts()["grpc"] == 0.0, what="its end")


def test_request_of_a_byte_at_a_time_is_disconnected_in_time(connect):
    connection, start = connect(), time.monotonic()

    def trickle():
        for byte in PREDICT * 10:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        trickle()
    assert time.monotonic() - start >= TIMEOUT_SECONDS  # and not at its first pause


def test_request_that_is_slow_but_comes_is_answered(connect, predictor):
    connection = connect(PREDICT)
    assert_answers(predictor)  # others are in between
    connection.sendall(b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(BODY))
    assert_answers(predictor)
    connection.sendall(BODY)
    assert status(read_all(connection)) == 200


def test_line_break_after_an_answer_keeps_nothing_open(connect):
    connection = connect(PREDICT + b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY))
    assert status(connection.recv(65536)) == 200
    connection.sendall(b"\r\n")
    assert status(read_all(connection)) == 408


ENDLESS = {
    "name": b"x" * 8192,
    "value": b"x: " + b"y" * 8192,
    "lines": b"x: y\r\n" * 1365,
    "trailer": b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 1365,
    "chunk extension": b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 8192,
    "path": b"",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_head_without_an_end_is_refused(connect, predictor, kind):
    process, first = psutil.Process(predictor.process.pid), ENDLESS[kind]
    before = process.memory_info().rss
    connection = connect(b"POST /" if kind == "path" else PREDICT + first)
    response = b""
    try:
        for _ in range(10_000):
            connection.sendall(first[-8190:] if kind == "lines" else b"x" * 8192)
    except (ConnectionResetError, BrokenPipeError):
        response = read_all(connection)
    assert status(response) in {431, 400, None}  # a reset may overtake the response
    assert process.memory_info().rss - before < 16 * 2**20


def post_large(client):
    headers = {"content-type": "application/json"}
    body = b" " * LARGE + BODY
    return client.post("/v1/models/milk:predict", content=body, headers=headers)


def test_slow_clients_take_no_place_of_others(connect, predictor):
    half = PREDICT + b"content-length: %d\r\n\r\n" % LARGE + b" " * 40_000
    for _ in range(SLOW_CLIENTS):
        connect(half)
    with predictor.client() as client:
        for _ in range(20):
            answer = post_large(client)
            assert answer.status_code == 200, answer.text


def test_bodies_that_hold_too_much_are_refused_until_there_is_room(connect, predictor):
    whole = 8 * 1024 * 1024
    for _ in range(9):
        connection = connect(PREDICT + b"content-length: %d\r\n\r\n" % whole)
        connection.sendall(b" " * (whole - 1))
    with predictor.client() as client:
        response = post_large(client)
        assert response.status_code in {503, 200}
        if response.status_code == 503:
            assert response.headers["retry-after"] == "1"
        assert_answers(predictor)  # small ones are not concerned
        wait_until(lambda: post_large(client).status_code == 200, what="room")


@pytest.mark.timeout(120)
def test_ten_thousand_idle_connections_cost_little_and_the_one_too_many_is_told(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < MOST + 500:
        pytest.fail(f"needs {MOST + 500} open files, may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    try:
        with running_tiny_model(tmp_path, "--max-connections", str(IDLE)) as predictor:
            process = psutil.Process(predictor.process.pid)
            assert_answers(predictor)
            before = process.memory_info().rss
            address = ("127.0.0.1", predictor.http_port)
            held += [socket.create_connection(address, timeout=20) for _ in range(IDLE - 10)]
            assert_answers(predictor)
            assert process.memory_info().rss - before < IDLE * IDLE_BYTES
            held += [socket.create_connection(address, timeout=20) for _ in range(20)]
            assert status(read_all(held[-1])) == 503
            while held:
                held.pop().close()
            wait_until(lambda: predictor.status("/v2/health/ready") == 200, what="room again")
            assert_answers(predictor)
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
