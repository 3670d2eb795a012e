"""The table of routes."""

from __future__ import annotations

from serving.http.docs import Docs
from serving.http.home import Home
from serving.http.inventory import Inventory
from serving.http.parts import PartsOfModels
from serving.http.predictions import Predictions
from serving.http.routes import Handler, Route, Routes, Where
from serving.models.host import Host

GET, POST = ("GET", "HEAD"), ("POST",)


def table(
    host: Host, predictions: Predictions, inventory: Inventory, docs: Docs, home: Home
) -> Routes:
    """Every route of ours; what is not here is KServe's."""
    routes = [
        *_predicting(predictions),
        *_telling(inventory, docs),
        *_showing(home, PartsOfModels(host)),
        *_changing(inventory),
    ]
    found = Routes(routes, names=host.slots, label=host.label)
    host.watch(found)
    return found


def _predicting(predictions: Predictions) -> list[Route]:
    handlers: dict[str, Handler] = {
        "/v1/models/{name}:predict": predictions.v1_predict,
        "/v1/models/{name}:explain": predictions.v1_explain,
        "/v1/models/{name}/versions/{version}:predict": predictions.v1_predict,
        "/v1/models/{name}/versions/{version}:explain": predictions.v1_explain,
        "/v2/models/{name}/infer": predictions.v2_infer,
        "/v2/models/{name}/versions/{version}/infer": predictions.v2_infer,
        "/predict": predictions.legacy_predict,
    }
    return [
        Route(methods=POST, template=template, handler=handler, where=Where.BY_SIZE)
        for template, handler in handlers.items()
    ]


def _telling(inventory: Inventory, docs: Docs) -> list[Route]:
    open_to_all: dict[str, Handler] = {
        "/v2/health/live": inventory.live,
        "/v2/health/ready": inventory.ready,
    }
    handlers: dict[str, Handler] = {
        "/v2": inventory.server,
        "/v2/": inventory.server,
        "/v1/models/{name}": inventory.model_ready,
        "/v2/models/{name}": inventory.model,
        "/v2/models/{name}/ready": inventory.model_ready,
        "/v2/models/{name}/versions/{version}": inventory.model,
        "/v2/models/{name}/versions/{version}/ready": inventory.model_ready,
        "/openapi.json": docs.openapi,
        "/docs": docs.page,
    }
    return [
        Route(methods=GET, template=template, handler=handler, is_open=template in open_to_all)
        for template, handler in {**open_to_all, **handlers}.items()
    ]


def _showing(home: Home, parts: PartsOfModels) -> list[Route]:
    handlers: dict[str, Handler] = {
        "/app.js": home.script,
        "/app.css": home.style,
        "/forecast/{name}": parts.forecast,
        "/report/{name}": parts.report,
        "/rows/{name}": parts.rows,
    }
    return [
        # Where KServe tells programs that it lives.
        Route(methods=GET, template="/", handler=home.page, is_page=True),
        *(Route(methods=GET, template=path, handler=handler) for path, handler in handlers.items()),
    ]


def _changing(inventory: Inventory) -> list[Route]:
    return [
        Route(
            methods=POST,
            template="/v2/repository/index",
            handler=inventory.index,
            where=Where.THREAD,
        ),
        Route(
            methods=POST,
            template="/v2/repository/models/{name}/load",
            handler=inventory.load,
            where=Where.THREAD,
        ),
        Route(
            methods=POST,
            template="/v2/repository/models/{name}/unload",
            handler=inventory.unload,
            where=Where.THREAD,
        ),
        # The older interface was asked by a browser's address line.
        Route(
            methods=("GET", "POST"),
            template="/reload_model",
            handler=inventory.reload_all,
            where=Where.THREAD,
        ),
    ]
