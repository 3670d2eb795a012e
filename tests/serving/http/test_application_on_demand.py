"""The front over a registry in a folder: models that come with the first request for them."""

import asyncio
import json

import httpx
import pytest

from serving.admission import Admission, Tokens
from serving.http.application import Application
from serving.http.routes import build_routes
from serving.models import cache
from serving.settings import INLINE_BYTES, Limits
from tests.support.repositories import loaded, open_repository, publish_many

NAMES = ["milk-a", "milk-b", "milk-c"]
ROW = {"instances": [[1.0, 2.0]]}
LIMITS = Limits(body_bytes=2 * INLINE_BYTES, rows=2000)


@pytest.fixture
def repository(tmp_path):
    publish_many(tmp_path / "registry", NAMES)
    repository = open_repository(tmp_path / "registry", count=1)
    yield repository
    repository.stop()


@pytest.fixture
def front(repository):
    return Application(
        loaded(framework),
        build_routes(repository, LIMITS),
        repository=repository,
        tokens=Tokens(None),
        admission=Admission(LIMITS.concurrency),
        limits=LIMITS,
        access_log=False,
    )


async def framework(scope, receive, send):
    """Stands for KServe: says which of the models are in memory."""
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"kserve"})


def ask(front, method, path, **options):
    async def asked():
        transport = httpx.ASGITransport(front)
        async with httpx.AsyncClient(transport=transport, base_url="http://predictor") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())


def predict(name):
    return f"/v1/models/{name}:predict"


def test_cold_model_comes_with_its_first_request(front):
    for place, name in enumerate(NAMES):
        answer = ask(front, "POST", predict(name), json=ROW)
        assert answer.json()["predictions"] == [101.0 + place]


@pytest.mark.parametrize(
    "path", ["/v2/models/milk-b", "/v2/models/milk-b/ready", "/v1/models/milk-b"]
)
def test_cold_model_comes_when_it_is_asked_about(front, repository, path):
    assert ask(front, "GET", path).status_code == 200
    assert list(repository.handles) == ["milk-b"]


def test_hot_model_is_answered_on_the_spot_until_it_leaves(front):
    data = json.dumps(ROW).encode()
    key = (b"POST", predict("milk-a").encode())
    assert front.fast_match(*key) is None
    ask(front, "POST", predict("milk-a"), json=ROW)
    match = front.fast_match(*key)
    assert json.loads(front.answer_now(match, {}, data).body)["predictions"] == [101.0]
    ask(front, "POST", predict("milk-b"), json=ROW)
    assert front.fast_match(*key) is None
    assert front.answer_now(match, {}, data) is None


def test_hot_model_that_leaves_before_its_request_is_answered_comes_again(
    front, repository, monkeypatch
):
    """Between being there and being taken, another one takes its place."""
    require, taken = repository.require, []
    monkeypatch.setattr(cache, "UNUSED_GRACE_SECONDS", 0.0)

    def late(name, version=None):
        if not taken:
            taken.append(name)
            repository.load("milk-b")
        return require(name, version)

    monkeypatch.setattr(repository, "require", late)
    answer = ask(front, "POST", predict("milk-a"), json=ROW)
    assert answer.json()["predictions"] == [101.0]


def test_hot_model_that_leaves_every_time_is_503(front, repository, monkeypatch):
    require = repository.require
    monkeypatch.setattr(cache, "UNUSED_GRACE_SECONDS", 0.0)

    def late(name, version=None):
        repository.load("milk-b" if name == "milk-a" else "milk-a")
        return require(name, version)

    monkeypatch.setattr(repository, "require", late)
    answer = ask(front, "POST", predict("milk-a"), json=ROW)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "was evicted from memory" in answer.json()["error"]


def test_event_for_a_cold_model_brings_it(front, repository):
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "x", "ce-type": "x"}
    answer = ask(front, "POST", predict("milk-c"), json=ROW, headers=headers)
    assert answer.json()["predictions"] == [103.0]
    assert list(repository.handles) == ["milk-c"]


def test_index_lists_what_there_is_and_what_is_in_memory(front):
    ask(front, "POST", predict("milk-b"), json=ROW)
    states = ask(front, "POST", "/v2/repository/index").json()
    assert [(one["name"], one["state"], one["reason"]) for one in states] == [
        ("milk-b", "READY", ""),
        ("milk-a", "UNAVAILABLE", "not loaded"),
        ("milk-c", "UNAVAILABLE", "not loaded"),
    ]
    ready = ask(front, "POST", "/v2/repository/index", json={"ready": True}).json()
    assert [one["name"] for one in ready] == ["milk-b"]


def test_older_interface_names_the_model_or_is_told_to(front):
    row = {"rain_mean": 1.0, "month": 2}
    named = ask(front, "POST", "/predict", json={"query": [row], "model": "milk-b"})
    assert named.json() == {"prediction": [102.0]}
    unnamed = ask(front, "POST", "/predict", json=row)
    assert unnamed.status_code == 400
    assert "names no model" in unnamed.json()["error"]
