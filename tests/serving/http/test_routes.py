from serving.http.messages import Response
from serving.http.routes import Execution, Route, Routes


def route(template, *methods, where=Execution.LOOP):
    return Route(methods=methods, template=template, handler=lambda _: Response(b""), where=where)


GET = route("/v2/models/{name}", "GET", "HEAD")
ASK = route("/v1/models/{name}:predict", "POST", where=Execution.BY_SIZE)
VERSIONED = route("/v1/models/{name}/versions/{version}:predict", "POST", where=Execution.BY_SIZE)
LABELS = {"milk": "milk", "guest": "*"}
MILK, GUEST = ((b"POST", b"/v1/models/%b:predict" % name) for name in (b"milk", b"guest"))


def routes_of_milk():
    return Routes([GET, ASK, VERSIONED], names=["milk"], label=lambda name: LABELS.get(name, ""))


ROUTES = routes_of_milk()


def test_routes_model_is_found_with_its_name_and_label_also_if_it_is_unknown():
    for name, label in (("milk", "milk"), ("guest", "*"), ("butter", "")):
        match = ROUTES.find("POST", f"/v1/models/{name}:predict")
        assert (match.route, match.name, match.model, match.version) == (ASK, name, label, None)


def test_routes_version_is_taken_from_the_path():
    match = ROUTES.find("POST", "/v1/models/milk/versions/1-a:predict")
    assert (match.route, match.name, match.version) == (VERSIONED, "milk", "1-a")


def test_routes_other_method_or_path_is_not_found():
    assert ROUTES.find("GET", "/v1/models/milk:predict") is None
    assert ROUTES.find("POST", "/v1/models/milk:predict/") is None
    assert ROUTES.find("GET", "/v2/models/a/b") is None


def test_routes_methods_of_a_path_are_listed():
    assert ROUTES.methods("/v2/models/milk") == ("GET", "HEAD")
    assert ROUTES.methods("/elsewhere") == ()


def test_routes_of_a_model_of_kserve_are_not_ours():
    routes = routes_of_milk()
    routes.others = {"other"}
    assert routes.find("POST", "/v1/models/other:predict") is None
    assert routes.find("GET", "/v2/models/other") is None
    assert routes.find("GET", "/v2/models/another").name == "another"


def test_routes_of_a_guest_are_prompt_as_long_as_it_is_there():
    routes = routes_of_milk()
    assert list(routes.fast) == [MILK]
    routes.on_load("guest")
    match = routes.fast[GUEST]
    assert (match.name, match.model) == ("guest", "*")
    routes.on_evict("guest")
    routes.on_evict("guest")
    assert list(routes.fast) == [MILK]


def test_routes_that_need_their_model_in_memory_are_not_those_that_bring_it():
    load = route("/v2/repository/models/{name}/load", "POST", where=Execution.THREAD)
    health = route("/v2/health/live", "GET")
    assert [one.needs_model for one in (GET, ASK, load, health)] == [True, True, False, False]
