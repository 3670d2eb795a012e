"""Without a valid token nothing but health answers, however it is asked.

Every route of a real predictor, ours and KServe's, by every method and with every kind of wrong
token; what no client would send, byte by byte; every method of gRPC.
"""

import base64
import contextlib
import http.client
import itertools
import json
import re
import socket

import grpc
import pytest
from fastapi.routing import iter_route_contexts

from serving.errors import AuthenticationError
from serving.models.repository import ModelRepository
from serving.options import read_settings
from tests.support.inference import no_arguments, pb
from tests.support.serving import running_tiny_model

with no_arguments():
    from kserve import model_server

    from serving.__main__ import build_server

pytestmark = pytest.mark.slow

TOKEN = "q7Lk-open-sesame-2Zw"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
BODY = b'{"instances": [[1.0, 2]]}'
PREDICT = "/v1/models/milk:predict"
PROXIED = "x-predictor-authorization"  # what comes through Kubernetes' API server
KEY = {"authorization": f"Bearer {TOKEN}"}
# What answers without a token, and with what: nothing in it is the model's.
OPEN = {
    "/": b'{"status":"alive"}',
    "/v2/health/live": b'{"live":true}',
    "/v2/health/ready": b'{"ready":true}',
}
REFUSAL = json.dumps({"error": str(AuthenticationError())}, separators=(",", ":")).encode()
CHALLENGES = ["Bearer", 'Basic realm="milkprice", charset="UTF-8"']


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


AUTHORIZATIONS = {
    "none": None,
    "empty": "",
    "another": "Bearer another",
    "no token": "Bearer ",
    "beginning": f"Bearer {TOKEN[:-1]}",
    "end": f"Bearer {TOKEN[1:]}",
    "longer": f"Bearer {TOKEN}x",
    "capitals": f"Bearer {TOKEN.upper()}",
    "quoted": f'Bearer "{TOKEN}"',
    "two": f"Bearer another, Bearer {TOKEN}",
    "bare": TOKEN,
    "another scheme": f"Token {TOKEN}",
    "digest": f'Digest username="me", response="{TOKEN}"',
    "as user": basic(TOKEN, ""),
    "nearly a password": basic("me", TOKEN[:-1]),
}
# Where a token is sometimes looked for, and is none.
ELSEWHERE = {
    "cookie": {"cookie": f"token={TOKEN}; authorization=Bearer {TOKEN}"},
    "proxy": {"proxy-authorization": f"Bearer {TOKEN}"},
    "api key": {"x-api-key": TOKEN, "x-auth-token": TOKEN},
    "forwarded": {"x-forwarded-authorization": f"Bearer {TOKEN}", "x-forwarded-for": "127.0.0.1"},
    "rewritten": {"x-original-url": "/v2/health/live", "x-rewrite-url": "/v2/health/live"},
    "another method": {"x-http-method-override": "GET"},
    "event": {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "x", "ce-type": "x"},
    "event, whole": {"content-type": "application/cloudevents+json"},
    "browser": {"accept": "text/html"},
}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """Return a predictor that requires a token; no test may change or break it."""
    folder = tmp_path_factory.mktemp("access")
    tokens = folder / "tokens"
    tokens.write_text(f"other-{TOKEN}\n{TOKEN}\n")
    options = ("--token-file", str(tokens), "--access-log", "--log-level", "DEBUG")
    with running_tiny_model(folder, *options) as running:
        yield running
        with running.client(headers={"authorization": f"Bearer {TOKEN}"}) as client:
            assert client.post(PREDICT, content=BODY).json()["predictions"] == [101.0]
        assert running.log.count("model serves") == 1  # neither unloaded nor loaded again
        assert "request failed" not in running.log
        assert TOKEN not in running.log


@pytest.fixture(scope="module")
def version(predictor):
    return send(predictor, "GET", "/v2/models/milk", KEY)[3]["versions"][0]


@pytest.fixture(scope="module")
def paths(version):
    """Return every path there is, ours and KServe's, and some that are not."""
    settings = read_settings([], {"MODEL_URI": "/nowhere/milk"})
    server = build_server(settings, ModelRepository.from_settings(settings))
    server.load_framework()
    ours = {route.template for _, route in server.application._routes._patterns}
    templates = ours | {route.path for route in iter_route_contexts(model_server.app.routes)}
    assert {"/v1/models/{name}:predict", "/v1/models/{model_name}", *OPEN} < templates

    def fill(place):
        return version if "version" in place[0] else "milk"

    missing = ["/v2/health", "/v2/models/butter", "/metrics/", "/favicon.ico", "/redoc", "/v3"]
    return [*sorted({re.sub(r"\{\w+\}", fill, path) for path in templates}), *missing]


def headers(authorization, name="authorization"):
    return {} if authorization is None else {name: authorization}


def send(predictor, method, path, sent, *, connection=None):
    """Return status, challenges, body and what JSON it is."""
    with contextlib.ExitStack() as stack:
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", predictor.http_port, timeout=30)
            stack.callback(connection.close)
        connection.request(method, path, BODY, {"content-type": "application/json", **sent})
        answer = connection.getresponse()
        body = answer.read()
        challenges = answer.headers.get_all("www-authenticate")
        is_json = answer.headers.get_content_type() == "application/json" and body
        return answer.status, challenges, body, json.loads(body) if is_json else None


def find_answered(predictor, requests):
    """Return the requests that were answered though they should have been refused."""
    wrong = []
    connection = http.client.HTTPConnection("127.0.0.1", predictor.http_port, timeout=30)
    for method, path, sent in requests:
        status, challenges, body, _ = send(predictor, method, path, sent, connection=connection)
        refused = (401, CHALLENGES, b"" if method == "HEAD" else REFUSAL)
        if (status, challenges, body) != refused and not is_open(method, path, status, body, sent):
            wrong.append(f"{method} {path} {sent}: {status} {body[:80]!r}")
    connection.close()
    return wrong


def is_open(method, path, status, body, sent):
    if path not in OPEN or method not in ("GET", "HEAD") or "accept" in sent:
        return False
    expected = (200, OPEN[path]) if method == "GET" else (status, b"")
    return (status, body) == expected


@pytest.mark.parametrize("authorization", AUTHORIZATIONS.values(), ids=AUTHORIZATIONS)
def test_route_without_a_valid_token_is_401_by_every_method(predictor, paths, authorization):
    sent = [headers(authorization), headers(authorization, PROXIED)]
    requests = itertools.product(METHODS, paths, sent)
    assert find_answered(predictor, requests) == []


@pytest.mark.parametrize("sent", ELSEWHERE.values(), ids=ELSEWHERE)
def test_route_with_a_token_elsewhere_is_401(predictor, paths, sent):
    without_health = [path for path in paths if path not in OPEN or "accept" not in sent]
    requests = [("GET", path, sent) for path in without_health]
    requests += [("POST", path, sent) for path in paths]
    requests += [("GET", f"{path}?token={TOKEN}&access_token={TOKEN}", sent) for path in paths
              if path not in OPEN]  # fmt: skip
    assert find_answered(predictor, requests) == []


def test_health_answers_without_a_token_and_shows_nothing_of_the_model(predictor):
    for path, body in OPEN.items():
        for authorization in AUTHORIZATIONS.values():
            assert send(predictor, "GET", path, headers(authorization))[::2] == (200, body)


def test_page_at_the_open_address_needs_a_token(predictor):
    page = {"accept": "text/html"}
    assert send(predictor, "GET", "/", page)[0] == 401
    assert b"<!doctype html>" in send(predictor, "GET", "/", page | KEY)[2]


def test_route_with_the_token_answers(predictor, paths):
    for path in paths:
        assert send(predictor, "GET", path, KEY)[0] in (200, 404, 405), path
    for authorization in (f"Bearer {TOKEN}", f"bearer  {TOKEN} ", basic("anyone", TOKEN)):
        assert send(predictor, "POST", PREDICT, headers(authorization))[3]["predictions"] == [101.0]


AUTHORIZED = b"authorization: Bearer " + TOKEN.encode() + b"\r\n"
WRONG = b"authorization: Bearer another\r\n"
CLOSE = b"connection: close\r\n"
SILENCE_SECONDS = 2.0  # after which a server that neither answers nor closes has said all
# Spellings of a path that is shut, some of which begin as one that is open.
TARGETS = (
    "//v2/models/milk", "/v2//models/milk", "/v2/models/milk/", "/V2/MODELS/milk", "/./v2",
    "/v2/health/live/../../models/milk", "//v2/health/live/../..", "/v2/health/live/",
    "/v2/health/live/..;/models/milk", "/v2/health/live%2f..%2f..%2fmodels%2fmilk",
    "/%2e%2e/v2/models/milk", "/v2/models%2Fmilk", "/v2/models/milk%00", "/v2%09/models/milk",
    "/v2/models/milk;/v2/health/live", "/v2/models/milk#/v2/health/live", "/metrics%20",
    "/metrics?/v2/health/live", "/%6detrics", "/v2/models/milk?path=/v2/health/live",
    "http://x/v2/models/milk", "HTTP://x/metrics", "http://x:1@y/metrics", "http://x//metrics",
    "\\v2\\models\\milk", "/v2/health/live\\..\\..\\metrics", "*", "x:80", "?", "http://x",
    "/v2/health/live%0d%0aauthorization:%20Bearer", "/.well-known/x", "/metrics/../metrics",
)  # fmt: skip


def request(target, *, method="GET", more=b"", body=b"", version="1.1"):
    length = b"content-length: %d\r\n" % len(body) if body else b""
    line = f"{method} {target} HTTP/{version}\r\nhost: x\r\n".encode()
    return line + more + length + b"\r\n" + body


def exchange(predictor, data):
    """Send bytes and return all that comes back until nothing more does."""
    parts, address = [], ("127.0.0.1", predictor.http_port)
    with (
        socket.create_connection(address, timeout=SILENCE_SECONDS) as connection,
        contextlib.suppress(TimeoutError, ConnectionResetError),
    ):
        connection.sendall(data)
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def statuses(answers):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answers)]


def shows_model(answers):
    """Whether anything of the model or of the server's inside is in what came back."""
    answers = answers.replace(b'realm="milkprice"', b"")
    return any(word in answers for word in (b"milk", b"rain", b"predictions", b"# HELP", b"101.0"))


@pytest.mark.parametrize("more", [b"", WRONG], ids=["no token", "wrong token"])
@pytest.mark.parametrize("http_version", ["1.1", "1.0"])
def test_target_in_an_odd_spelling_is_refused(predictor, more, http_version):
    wrong = {}
    for method, target in itertools.product(("GET", "POST", "OPTIONS", "CONNECT"), TARGETS):
        sent = request(target, method=method, more=CLOSE + more, version=http_version)
        answers = exchange(predictor, sent)
        if set(statuses(answers)) - {400, 401} or shows_model(answers):
            wrong[method, target] = answers
    assert wrong == {}


BOTH = b"content-length: 4\r\ntransfer-encoding: chunked\r\n"
INNER = request("/v2/models/milk")
CHUNKED = b"transfer-encoding: chunked\r\n"
LATE_TOKEN = b"2\r\n{}\r\n0\r\n" + AUTHORIZED + b"\r\n"
STREAMS = {
    "token, then none": (
        request(PREDICT, method="POST", more=AUTHORIZED, body=BODY)
        + request(PREDICT, method="POST", body=BODY)
        + request("/v2/models/milk")
        + request("/metrics", more=WRONG)
        + request(PREDICT, method="POST", more=AUTHORIZED + CLOSE, body=BODY),
        [200, 401, 401, 401, 200],
    ),
    "none, then token": (
        request(PREDICT, method="POST", body=BODY)
        + request(PREDICT, method="POST", more=AUTHORIZED + CLOSE, body=BODY),
        [401, 200],
    ),
    "request in a body": (
        request("/v2/health/live", method="GET", body=INNER) + request("/v2", more=CLOSE),
        [200, 401],
    ),
    "refused body holds a request": (
        request(PREDICT, method="POST", body=INNER) + request("/v2", more=CLOSE),
        [401, 401],
    ),
    "length and chunks": (request(PREDICT, method="POST", more=BOTH) + b"0\r\n\r\n" + INNER, None),
    "chunks and length": (
        request(PREDICT, method="POST", more=CHUNKED, body=b"0\r\n\r\n" + INNER), None,
    ),
    "two lengths": (
        request("/v2/health/live", more=b"content-length: 0\r\n", body=INNER), None,
    ),
    "chunks by halves": (
        request("/v2/health/live", more=b"transfer-encoding: x\r\n" + CHUNKED) + INNER, None,
    ),
    "chunks, misspelt": (
        request("/v2/health/live", more=b"transfer-encoding : chunked\r\n") + INNER, None,
    ),
    "chunk of a false size": (
        request(PREDICT, method="POST", more=CHUNKED) + b"0 0\r\n\r\n" + INNER, None,
    ),
    "folded token": (
        request("/v2", more=b"x: y\r\n authorization: Bearer " + TOKEN.encode() + b"\r\n" + CLOSE),
        None,
    ),
    "lines by line feed": (request("/v2", more=CLOSE).replace(b"\r\n", b"\n"), None),
    "no version": (b"GET /v2/models/milk\r\n\r\n", None),
    "two wrong tokens": (request("/v2", more=WRONG + WRONG + CLOSE), [401]),
    "wrong token after another's": (
        request("/v2", more=b"authorization: Basic Og==\r\n" + WRONG + CLOSE), [401],
    ),
    "token behind the body": (
        request(PREDICT, method="POST", more=CHUNKED + CLOSE) + LATE_TOKEN, [401],
    ),
    "token behind the body, the long way": (
        request("/v2/repository/index", method="POST", more=CHUNKED + CLOSE) + LATE_TOKEN, [401],
    ),
    "asks before it sends": (
        request(PREDICT, method="POST", more=CLOSE + b"expect: 100-continue\r\n", body=BODY),
        [401],
    ),
    "websocket": (
        request("/v2/models/milk", more=b"connection: upgrade\r\nupgrade: websocket\r\n"
                b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"),
        [403],
    ),
    "newer protocol": (
        request("/v2/models/milk", more=b"connection: upgrade, http2-settings, close\r\n"
                b"upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n"),
        [401],
    ),
    "newer protocol at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), STREAMS.values(), ids=STREAMS)
def test_stream_gives_nothing_without_a_token(predictor, sent, expected):
    answers = exchange(predictor, sent)
    health = sent.count(b"/v2/health/live")
    if expected is None:
        assert not shows_model(answers)
        assert set(statuses(answers)) <= {200, 400, 401}
        assert answers.count(b" 200 ") <= health
    else:
        assert statuses(answers) == expected
        assert answers.count(b"predictions") == expected.count(200) - health


SERVICE = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"]
CALLS = [f"/{SERVICE.full_name}/{method.name}" for method in SERVICE.methods]
HEALTH = "/grpc.health.v1.Health/Check"
CALLS += [HEALTH, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"]
OPEN_CALLS = [path for path in CALLS if path.endswith(("/ServerLive", "/ServerReady", "/Check"))]
# Other services that servers often have, and spellings of the open methods.
STRANGE_CALLS = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.channelz.v1.Channelz/GetServers", "/x/ServerLive", "//ServerLive", "/x/Check",
    f"/{SERVICE.full_name}/serverlive", f"/{SERVICE.full_name}/ModelInfer/ServerLive",
    f"/{SERVICE.full_name}/ModelStreamInfer",
]  # fmt: skip
MESSAGES = {"empty": b"", "a name": pb.ModelReadyRequest(name="milk").SerializeToString()}


def call(predictor, path, message, metadata):
    """Call a method; return the status's name and the bytes of the answer."""
    with grpc.insecure_channel(predictor.grpc_address) as channel:
        try:
            return "OK", channel.unary_unary(path)(message, metadata=metadata, timeout=10)
        except grpc.RpcError as error:
            return error.code().name, b""


@pytest.mark.parametrize("path", CALLS)
def test_call_without_a_valid_token_is_refused(predictor, path):
    for authorization, message in itertools.product(AUTHORIZATIONS.values(), MESSAGES.values()):
        status, answer = call(predictor, path, message, [*headers(authorization).items()])
        if path == HEALTH and message:  # the name of a service that there is not
            assert status == "NOT_FOUND"
        elif path in OPEN_CALLS:
            assert (status, answer) == ("OK", b"\x08\x01")  # a message of one field: true
        else:
            assert status == "UNAUTHENTICATED"


def test_call_with_the_token_is_answered(predictor):
    for path in set(CALLS) - set(OPEN_CALLS):
        if "Repository" not in path:
            status, _ = call(predictor, path, b"", [*KEY.items()])
            assert status != "UNAUTHENTICATED"
    ready, password = f"/{SERVICE.full_name}/ModelReady", ("authorization", basic("x", TOKEN))
    assert call(predictor, ready, MESSAGES["a name"], [password]) == ("OK", b"\x08\x01")


def test_call_of_another_service_finds_none(predictor):
    for path in STRANGE_CALLS:
        for metadata in ([], [*KEY.items()]):
            assert call(predictor, path, b"", metadata)[0] == "UNIMPLEMENTED"


@pytest.mark.parametrize("name", ["x-api-key", "cookie", "grpc-metadata-authorization"])
def test_call_with_a_token_elsewhere_is_refused(predictor, name):
    path = f"/{SERVICE.full_name}/ModelMetadata"
    assert call(predictor, path, b"", [(name, f"Bearer {TOKEN}")])[0] == "UNAUTHENTICATED"
    wrong = [("authorization", "Bearer another"), (name, f"Bearer {TOKEN}")]
    assert call(predictor, path, b"", wrong)[0] == "UNAUTHENTICATED"
