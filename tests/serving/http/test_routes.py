from serving.http.call import Reply
from serving.http.routes import Route, Routes

GET = Route(methods=("GET", "HEAD"), template="/v2/models/{name}", handler=lambda _: Reply(b""))
ASK = Route(methods=("POST",), template="/v1/models/{name}:predict", handler=lambda _: Reply(b""))
VERSIONED = Route(
    methods=("POST",),
    template="/v1/models/{name}/versions/{version}:predict",
    handler=lambda _: Reply(b""),
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
