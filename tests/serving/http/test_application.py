"""The front over a tiny model, asked in this process; behind it a framework that says so."""

import asyncio
import json
import threading

import httpx
import pytest
from prometheus_client import REGISTRY

from serving.admission import Admission, Tokens
from serving.http.application import Application
from serving.http.messages import Response
from serving.http.routes import Execution, Route, Routes, build_routes
from serving.models.handle import ModelHandle
from serving.models.repository import ModelRepository
from serving.settings import INLINE_BYTES, Limits
from tests.support.bundles import tiny_bundle
from tests.support.repositories import ScriptedSource, loaded

ROW = {"rain_mean": 1.0, "month": 2}
PREDICT = "/v1/models/milk:predict"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
WHOLE = {"specversion": "1.0", "id": "1", "source": "/farm", "type": "rows"}
EVENT = {f"ce-{name}": value for name, value in WHOLE.items()}
STRUCTURED = "application/cloudevents+json; charset=UTF-8"
CHALLENGES = ["Bearer", 'Basic realm="milkprice", charset="UTF-8"']
LIMITS = Limits(body_bytes=2 * INLINE_BYTES, rows=2000, concurrency=2)


async def framework(scope, receive, send):
    """Stands for KServe: tells what it was asked."""
    body = (await receive())["body"]
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"kserve " + body})


@pytest.fixture
def handle():
    handle = ModelHandle("milk", ScriptedSource(tiny_bundle()), refresh_seconds=10)
    handle.refresh()
    return handle


def front_over(handle, *, tokens=None, extra=()):
    repository = ModelRepository([handle])
    routes = build_routes(repository, LIMITS)
    if extra:
        routes = Routes(extra, names=["milk"], label=repository.metric_label)
    return Application(
        loaded(framework),
        routes,
        repository=repository,
        tokens=Tokens(tokens),
        admission=Admission(LIMITS.concurrency),
        limits=LIMITS,
        access_log=False,
    )


@pytest.fixture
def front(handle):
    return front_over(handle)


@pytest.fixture
def guarded(handle, tmp_path):
    """Return a front that wants a token."""
    (tmp_path / "tokens").write_text("known")
    return front_over(handle, tokens=tmp_path / "tokens")


async def asked(front, method, path, **options):
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://predictor") as client:
        return await client.request(method, path, **options)


def ask(front, method, path, **options):
    return asyncio.run(asked(front, method, path, **options))


@pytest.mark.parametrize("sent", [None, "x" * 200, b"a b\xff"], ids=["none", "long", "signs"])
def test_front_request_id_is_made_anew_each_time_where_none_can_be_used(front, sent):
    headers = {} if sent is None else {"x-request-id": sent}
    ids = [ask(front, "GET", "/v2", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(len(one) < 60 and one.isascii() for one in ids)


def test_front_request_id_comes_back(front):
    answer = ask(front, "GET", "/v2/health/live", headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"


def test_front_large_batch_is_answered_off_the_loop(handle):
    threads = []

    def handler(call):
        threads.append(threading.current_thread().name)
        return Response(b"{}")

    route = Route(
        methods=("POST",),
        template="/v1/models/{name}:predict",
        handler=handler,
        where=Execution.BY_SIZE,
    )
    front = front_over(handle, extra=[route])
    for size in (INLINE_BYTES, INLINE_BYTES + 1):
        ask(front, "POST", PREDICT, content=b" " * size)
    assert threads[0] == "MainThread"
    assert threads[1].startswith("batch")


def test_front_without_a_model_says_not_loaded(handle):
    handle.unload()
    answer = ask(front_over(handle), "POST", PREDICT, json={"instances": [ROW]})
    assert (answer.status_code, answer.json()) == (503, {"error": "Model not loaded"})
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/models/butter:predict", "butter"),
        ("/v2/models/a:b/infer", "a:b"),
        ("/v2/models/a:b/versions/1/infer", "a:b"),
    ],
)
def test_front_unknown_model_is_404_with_the_known_ones(front, path, name):
    answer = ask(front, "POST", path, json={})
    assert answer.status_code == 404
    assert answer.json()["error"] == f"There is no model '{name}' here; served are 'milk'."


@pytest.mark.parametrize("path", ["/x", "/elsewhere"], ids=["ours", "framework"])
def test_front_mistake_of_ours_is_500_and_tells_nothing(handle, caplog, path):
    def broken(*_):
        raise ZeroDivisionError("hidden")

    front = front_over(handle, extra=[Route(methods=("POST",), template="/x", handler=broken)])
    front._framework = loaded(broken)
    answer = ask(front, "POST", path)
    assert answer.status_code == 500
    assert "hidden" not in answer.text
    assert "ZeroDivisionError: hidden" in caplog.text


def test_front_other_paths_reach_the_framework_with_their_body(front):
    answer = ask(front, "POST", "/elsewhere", content=b"asked")
    assert answer.text == "kserve asked"
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize(
    ("headers", "event"),
    [({**EVENT, "content-type": "application/json"}, None), ({"content-type": STRUCTURED}, {})],
    ids=["binary", "structured"],
)
def test_front_cloud_event_is_answered_by_one_of_its_kind(front, headers, event):
    event = {"instances": [ROW]} if event is None else {**WHOLE, "data": {"instances": [ROW]}}
    answer = ask(front, "POST", PREDICT, content=json.dumps(event), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == headers["content-type"].partition(";")[0]
    document = answer.json()
    assert ("ce-id" in answer.headers) is ("data" not in document)
    assert document.get("data", document)["predictions"] == [101.0]


def test_front_cloud_event_that_is_refused_is_logged_in_one_line(front, caplog):
    event = json.dumps({**WHOLE, "data": {"instances": [[1, None]]}})
    headers = {"content-type": STRUCTURED}
    answer = ask(front, "POST", PREDICT, content=event, headers=headers)
    sentence = "Row 0, column 'month': None; expected a finite number."
    assert answer.status_code == 400
    assert answer.json() == {"error": sentence, "row": 0, "column": "month"}
    (record,) = caplog.records
    assert record.getMessage() == "event refused"
    assert record.facts == {"model": "milk", "error": "RowError", "reason": sentence}
    assert record.exc_info is None


def test_front_wrong_method_is_405_and_names_the_right_one(front):
    answer = ask(front, "GET", PREDICT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json() == {"error": "GET is not for this path; it takes POST."}


@pytest.mark.parametrize("size", [LIMITS.body_bytes + 1, 10 * LIMITS.body_bytes])
@pytest.mark.parametrize("path", [PREDICT, "/elsewhere"], ids=["ours", "framework"])
def test_front_body_over_the_limit_is_413(front, size, path):
    answer = ask(front, "POST", path, content=b" " * size)
    assert answer.status_code == 413
    assert f"larger than {LIMITS.body_bytes} bytes" in answer.json()["error"]


def test_front_body_in_pieces_is_put_together(front):
    async def pieces():
        for byte in b'{"instances": [[1.0, 2]]}':
            yield bytes([byte])

    answer = ask(front, "POST", PREDICT, content=pieces())
    assert answer.json()["predictions"] == [101.0]


def test_front_more_requests_than_it_takes_on_are_503(handle):
    front = front_over(handle)

    async def crowd():
        with front._admission, front._admission:
            refused = await asked(front, "POST", PREDICT, json={"instances": [ROW]})
            return refused, await asked(front, "GET", "/v2/health/live")

    refused, health = asyncio.run(crowd())
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert health.status_code == 200


def test_front_bodies_that_are_slow_to_come_take_nobodys_place(handle):
    front = front_over(handle)

    async def slowly(begun, go_on):
        begun.set()
        await go_on.wait()
        yield b'{"instances": [[1.0, 2]]}'

    async def crowd():
        go_on = asyncio.Event()
        begun = [asyncio.Event() for _ in range(LIMITS.concurrency)]
        inside = [
            asyncio.create_task(asked(front, "POST", PREDICT, content=slowly(event, go_on)))
            for event in begun
        ]
        for event in begun:
            await event.wait()
        answered = await asked(front, "POST", PREDICT, json={"instances": [ROW]})
        go_on.set()
        return answered, await asyncio.gather(*inside)

    answered, inside = asyncio.run(crowd())
    assert answered.status_code == 200
    assert [answer.status_code for answer in inside] == [200, 200]


def test_front_with_tokens_lets_only_health_pass_without(guarded):
    shut = ["/v2", "/metrics", "/docs", "/app.js", "/app.css", "/forecast/milk", "/rows/milk"]
    for path in (PREDICT, "/v2/repository/models/milk/unload"):
        assert ask(guarded, "POST", path, content=b"{}").status_code == 401, path
    for path in (*shut, "/report/milk", PREDICT):
        assert ask(guarded, "GET", path).status_code == 401, path
    for path in ("/", "/v2/health/live", "/v2/health/ready"):
        assert ask(guarded, "GET", path).status_code == 200
    headers = {"authorization": "Bearer known"}
    answer = ask(guarded, "POST", PREDICT, json={"instances": [ROW]}, headers=headers)
    assert answer.status_code == 200


def test_front_takes_the_token_of_what_passes_the_api_server_on_from_a_header_of_its_own(guarded):
    def status(**headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answers = [ask(guarded, "GET", "/metrics", headers=named),
                   ask(guarded, "POST", "/v2/repository/index", headers=named)]  # fmt: skip
        return [answer.status_code for answer in answers]

    assert status(x_predictor_authorization="Bearer known") == [200, 200]
    assert status(x_predictor_authorization="Bearer unknown") == [401, 401]
    assert status(authorization="Bearer unknown", x_predictor_authorization="Bearer known") == [
        401, 401
    ]  # fmt: skip


def test_front_client_that_leaves_is_counted_and_not_answered(front):
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": PREDICT, "headers": []}
    before = _requests("499")
    asyncio.run(front(scope, receive, send))
    assert _requests("499") == before + 1


def test_front_counts_by_route_model_and_status(front):
    before = _requests("200"), _requests("400")
    predicted = ask(front, "POST", PREDICT, json={"instances": [ROW]})
    assert predicted.json()["predictions"] == [101.0]
    refused = ask(front, "POST", PREDICT, json={"instances": []})
    assert refused.json() == {"error": "instances is empty; expected at least one row."}
    assert (_requests("200"), _requests("400")) == (before[0] + 1, before[1] + 1)


def _requests(status):
    labels = {"route": "/v1/models/{name}:predict", "model": "milk", "status": status}
    return REGISTRY.get_sample_value("milkprice_requests_total", labels) or 0.0


def test_front_cloud_event_without_data_is_400(front):
    answer = ask(front, "POST", PREDICT, headers=EVENT)
    assert answer.status_code == 400
    assert answer.json() == {"error": "data: is missing; expected instances."}


def test_front_browser_gets_the_page_and_programs_the_framework(front):
    answer = ask(front, "GET", "/", headers=PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<!doctype html>" in answer.text
    for accept in ("*/*", "application/json"):
        assert ask(front, "GET", "/", headers={"accept": accept}).text == "kserve "


def test_front_page_needs_the_token(guarded):
    answer = ask(guarded, "GET", "/", headers=PAGE)
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == CHALLENGES
    assert ask(guarded, "GET", "/", headers=PAGE, auth=("me", "known")).status_code == 200


@pytest.mark.parametrize("path", [PREDICT, "/v2/repository/models/milk/unload", "/elsewhere"])
def test_front_password_of_a_browser_works_for_pages_of_this_server_only(guarded, path):
    def status(site, **options):
        headers = {**options.pop("headers", {}), **({"sec-fetch-site": site} if site else {})}
        body = {"instances": [ROW]}
        return ask(guarded, "POST", path, json=body, headers=headers, **options).status_code

    for site in ("cross-site", "same-site"):
        assert status(site, auth=("me", "known")) == 403
        assert status(site, headers={"authorization": "Bearer known"}) in (200, 503)
    for site in ("same-origin", "none", None):
        assert status(site, auth=("me", "known")) in (200, 503)


def test_front_reload_by_another_site_is_refused_though_it_is_asked_by_get(guarded):
    headers = {"sec-fetch-site": "cross-site"}
    answer = ask(guarded, "GET", "/reload_model", headers=headers, auth=("me", "known"))
    assert answer.status_code == 403
    assert "page of another site" in answer.json()["error"]
    harmless = ask(guarded, "GET", "/v2/models/milk", headers=headers, auth=("me", "known"))
    assert harmless.status_code == 200


def test_front_wrong_cell_is_told_by_row_and_column(front):
    rows = [ROW, {**ROW, "rain_mean": None}]
    answer = ask(front, "POST", PREDICT, json={"instances": rows})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Row 1, column 'rain_mean': None; expected a finite number.",
        "row": 1,
        "column": "rain_mean",
    }
