from serving.http.messages import Response
from serving.http.routes import Execution, Route, Routes

GET = Route(methods=("GET", "HEAD"), template="/v2/models/{name}", handler=lambda _: Response(b""))
ASK = Route(
    methods=("POST",), template="/v1/models/{name}:predict", handler=lambda _: Response(b"")
)
VERSIONED = Route(
    methods=("POST",),
    template="/v1/models/{name}/versions/{version}:predict",
    handler=lambda _: Response(b""),
)
ROUTES = Routes([GET, ASK, VERSIONED], names=["milk"])


def test_routes_known_model_is_found_with_its_name_and_label():
    match = ROUTES.find("POST", "/v1/models/milk:predict")
    assert (match.route, match.name, match.model, match.version) == (ASK, "milk", "milk", None)


def test_routes_unknown_model_is_found_but_is_no_label():
    match = ROUTES.find("POST", "/v1/models/butter:predict")
    assert (match.route, match.name, match.model) == (ASK, "butter", "")


def test_routes_version_is_taken_from_the_path():
    match = ROUTES.find("POST", "/v1/models/milk/versions/1-a:predict")
    assert (match.route, match.name, match.version) == (VERSIONED, "milk", "1-a")


def test_routes_other_method_or_path_is_not_found():
    assert ROUTES.find("GET", "/v1/models/milk:predict") is None
    assert ROUTES.find("POST", "/v1/models/milk:predict/") is None
    assert ROUTES.find("GET", "/v2/models/a/b") is None


def test_routes_methods_of_a_path_are_told():
    assert ROUTES.methods("/v2/models/milk") == ("GET", "HEAD")
    assert ROUTES.methods("/elsewhere") == ()


def test_routes_only_v1_of_models_takes_events():
    assert ASK.takes_events
    assert VERSIONED.takes_events is False
    assert GET.takes_events is False


def fast_routes(label=None):
    route = Route(
        methods=("POST",),
        template="/v1/models/{name}:predict",
        handler=lambda _: Response(b""),
        where=Execution.BY_SIZE,
    )
    return Routes([route, GET, VERSIONED], names=["milk"], label=label)


MILK, GUEST = ((b"POST", b"/v1/models/%b:predict" % name) for name in (b"milk", b"guest"))


def test_routes_of_a_guest_are_prompt_as_long_as_it_is_there():
    routes = fast_routes(label=lambda name: "*" if name == "guest" else name)
    assert list(routes.fast) == [MILK]
    routes.on_load("guest")
    match = routes.fast[GUEST]
    assert (match.name, match.model) == ("guest", "*")
    routes.on_evict("guest")
    routes.on_evict("guest")
    assert list(routes.fast) == [MILK]


def test_routes_of_a_guest_that_is_not_there_are_found_with_its_label():
    routes = fast_routes(label=lambda _: "*")
    match = routes.find("POST", "/v1/models/guest:predict")
    assert (match.name, match.model) == ("guest", "*")


def test_routes_that_need_their_model_in_memory_are_told_from_those_that_bring_it():
    load = Route(
        methods=("POST",),
        template="/v2/repository/models/{name}/load",
        handler=lambda _: Response(b""),
        where=Execution.THREAD,
    )
    health = Route(methods=("GET",), template="/v2/health/live", handler=lambda _: Response(b""))
    assert [route.needs_model for route in (GET, ASK, load, health)] == [True, True, False, False]
