"""Which function answers which request.

The table of routes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from serving.http.docs import DocsRoutes
from serving.http.inference import PredictionRoutes
from serving.http.management import ArtifactRoutes, ManagementRoutes
from serving.http.messages import Request, Response
from serving.http.page import PageRoutes
from serving.models.repository import ModelRepository
from serving.settings import INLINE_BYTES

Handler = Callable[[Request], Response]

NAME, VERSION = "{name}", "{version}"
READING = frozenset({"GET", "HEAD"})


class Execution(Enum):
    """In which thread a request is answered."""

    LOOP = "loop"  # it takes microseconds
    BY_SIZE = "by size"  # a large body is taken off the loop
    THREAD = "thread"  # it waits for a store


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route.

    Attributes:
        methods: HTTP's methods.
        template: Its path, with ``{name}`` and ``{version}``; the label in metrics.
        handler: What answers.
        where: In which thread.
        is_open: Whether it answers without a token.
        is_page: Whether it answers only who wants a page; the framework answers the others.
    """

    methods: tuple[str, ...]
    template: str
    handler: Handler
    where: Execution = Execution.LOOP
    is_open: bool = False
    is_page: bool = False

    @cached_property
    def takes_events(self) -> bool:
        """Whether it can be asked by a CloudEvent, which KServe unwraps."""
        return self.template.startswith("/v1/models/{name}:")

    @cached_property
    def asks_models(self) -> bool:
        """Whether it needs the model in its path in memory."""
        return NAME in self.template and self.where is not Execution.THREAD

    def changes(self, method: str) -> bool:
        """Whether a request may change something here."""
        return method not in READING or self.where is Execution.THREAD

    def answers_on_loop(self, size: int) -> bool:
        """Whether a body of so many bytes is answered on the loop and not in a thread."""
        return self.where is Execution.LOOP or (
            self.where is Execution.BY_SIZE and size <= INLINE_BYTES
        )


@dataclass(frozen=True, kw_only=True)
class Match:
    """A request's route and what its path holds.

    Attributes:
        route: The route.
        name: The model in the path; empty where the route has none.
        version: The version in the path.
        model: What metrics call the model; empty if none is served by that name, for clients
            must not be able to make labels up.
        path: The path.
    """

    route: Route
    name: str = ""
    version: str | None = None
    model: str = ""
    path: str = ""


class Routes:
    """All routes of ours. The paths of models that are at hand are found without a search.

    Attributes:
        fast: Routes that may be answered at once, by method and path as they are sent.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        names: Iterable[str],
        label: Callable[[str], str] | None = None,
    ) -> None:
        """Take in the routes.

        Args:
            routes: All of them; of two that fit a path the first one answers.
            names: The models that are always there.
            label: What metrics call a model, nothing for one that is none; by default its name
                if it is always there.
        """
        self._patterns = [(_pattern(route.template), route) for route in routes]
        known = frozenset(names)
        self._label = label or (lambda name: name if name in known else "")
        self._ready = {
            (method, path): match
            for _, route in self._patterns
            for path in _paths(route, known)
            for method in route.methods
            if (match := self._searched(method, path))
        }
        self.fast = {
            (method.encode(), path.encode()): match
            for (method, path), match in self._ready.items()
            if match.route.where is Execution.BY_SIZE
        }

    def on_load(self, name: str) -> None:
        """A model that comes and goes is there: its requests may be answered at once."""
        self.fast.update(self._fast_of(name))

    def on_evict(self, name: str) -> None:
        """It is not there any more."""
        for key in self._fast_of(name):
            self.fast.pop(key, None)

    def find(self, method: str, path: str) -> Match | None:
        """Find the route of a request; None if it is not one of ours."""
        return self._ready.get((method, path)) or self._searched(method, path)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path takes; none if it is not one of ours."""
        routes = [route for pattern, route in self._patterns if pattern.fullmatch(path)]
        return tuple(sorted({method for route in routes for method in route.methods}))

    def _fast_of(self, name: str) -> dict[tuple[bytes, bytes], Match]:
        return {
            (method.encode(), path.encode()): match
            for _, route in self._patterns
            if route.where is Execution.BY_SIZE and NAME in route.template
            for path in _paths(route, [name])
            for method in route.methods
            if (match := self._searched(method, path))
        }

    def _searched(self, method: str, path: str) -> Match | None:
        for pattern, route in self._patterns:
            found = pattern.fullmatch(path) if method in route.methods else None
            if found:
                parts = found.groupdict()
                name, version = parts.get("name") or "", parts.get("version")
                model = self._label(name)
                return Match(route=route, name=name, version=version, model=model, path=path)
        return None


def _paths(route: Route, names: Iterable[str]) -> list[str]:
    """The paths of a route for some models; none if versions are in it too."""
    if VERSION in route.template:
        return []
    return [route.template.replace(NAME, name) for name in names]


def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern; a name may hold colons, but does not swallow what is asked of it."""
    name = r"(?P<\1>[^/]+(?<!:predict)(?<!:explain))"
    return re.compile(re.sub(r"\\{(\w+)\\}", name, re.escape(template)))


GET, POST = ("GET", "HEAD"), ("POST",)


def build_routes(
    repository: ModelRepository,
    predictions: PredictionRoutes,
    inventory: ManagementRoutes,
    docs: DocsRoutes,
    home: PageRoutes,
) -> Routes:
    """Every route of ours; what is not here is KServe's."""
    table = [
        *_predicting(predictions),
        *_telling(inventory, docs),
        *_showing(home, ArtifactRoutes(repository)),
        *_changing(inventory),
    ]
    routes = Routes(table, names=repository.handles, label=repository.metric_label)
    repository.subscribe(routes)
    return routes


def _predicting(predictions: PredictionRoutes) -> list[Route]:
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
        Route(methods=POST, template=template, handler=handler, where=Execution.BY_SIZE)
        for template, handler in handlers.items()
    ]


def _telling(inventory: ManagementRoutes, docs: DocsRoutes) -> list[Route]:
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


def _showing(home: PageRoutes, parts: ArtifactRoutes) -> list[Route]:
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


def _changing(inventory: ManagementRoutes) -> list[Route]:
    return [
        Route(
            methods=POST,
            template="/v2/repository/index",
            handler=inventory.index,
            where=Execution.THREAD,
        ),
        Route(
            methods=POST,
            template="/v2/repository/models/{name}/load",
            handler=inventory.load,
            where=Execution.THREAD,
        ),
        Route(
            methods=POST,
            template="/v2/repository/models/{name}/unload",
            handler=inventory.unload,
            where=Execution.THREAD,
        ),
        # The older interface was asked by a browser's address line.
        Route(
            methods=("GET", "POST"),
            template="/reload_model",
            handler=inventory.reload_all,
            where=Execution.THREAD,
        ),
    ]
