"""Which function answers which request: the routes, and how a request finds its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from serving.http.inference import PredictionRoutes
from serving.http.management import ManagementRoutes
from serving.http.messages import Request, Response
from serving.http.openapi import OpenApiRoute
from serving.http.pages import PageRoutes
from serving.models.repository import ModelRepository
from serving.settings import EVENTS, INLINE_BYTES, EventSettings, Limits

Handler = Callable[[Request], Response]

NAME, VERSION = "{name}", "{version}"
READING = frozenset({"GET", "HEAD"})


class Execution(Enum):
    """Where a handler runs."""

    LOOP = "loop"  # on the event loop: it takes microseconds
    BY_SIZE = "by size"  # in a thread if the body is large
    THREAD = "thread"  # in a thread: it waits for a store


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route.

    Attributes:
        template: Its path, with ``{name}`` and ``{version}``; the label in metrics.
        is_open: Whether it answers without a token.
        is_page: Whether it answers browsers only; the framework answers programs.
    """

    methods: tuple[str, ...]
    template: str
    handler: Handler
    where: Execution = Execution.LOOP
    is_open: bool = False
    is_page: bool = False

    @cached_property
    def needs_model(self) -> bool:
        """Whether the model in its path has to be in memory."""
        return NAME in self.template and self.where is not Execution.THREAD

    def changes(self, method: str) -> bool:
        """Whether a request may change the server's state."""
        return method not in READING or self.where is Execution.THREAD

    def answers_on_loop(self, size: int) -> bool:
        """Whether a request with a body of this size is answered on the event loop."""
        return self.where is Execution.LOOP or (
            self.where is Execution.BY_SIZE and size <= INLINE_BYTES
        )


@dataclass(frozen=True, kw_only=True)
class Match:
    """A request's route and what its path holds; the name is empty where the route has none.

    Attributes:
        model: The model's label in metrics; empty if none has that name, since clients must
            not be able to make labels up.
    """

    route: Route
    name: str = ""
    version: str | None = None
    model: str = ""
    path: str = ""


class Routes:
    """All routes of ours. Paths of models in memory are found without a search.

    Attributes:
        fast: Routes that may be answered at once, by method and path as they are sent.
        others: Models that KServe's routes answer, even where a path is one of ours.
    """

    others: Container[str] = frozenset()

    def __init__(
        self, routes: Iterable[Route], *, names: Iterable[str], label: Callable[[str], str]
    ) -> None:
        """Index the routes.

        Args:
            routes: All of them; of two that match a path the first one answers.
            names: The static models, which are always served.
            label: A model's label in metrics, empty for an unknown one.
        """
        self._patterns = [(_pattern(route.template), route) for route in routes]
        self._label = label
        self._static = self._matches((route for _, route in self._patterns), frozenset(names))
        self.fast = _fast(self._static)

    def on_load(self, name: str) -> None:
        """Let requests for an on-demand model be answered at once."""
        self.fast.update(self._fast_of(name))

    def on_evict(self, name: str) -> None:
        """Let requests for it wait until it is loaded again."""
        for key in self._fast_of(name):
            self.fast.pop(key, None)

    def find(self, method: str, path: str) -> Match | None:
        """Find the route of a request; None if it is not one of ours."""
        return self._static.get((method, path)) or self._search(method, path)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path takes; none if it is not one of ours."""
        routes = [route for pattern, route in self._patterns if pattern.fullmatch(path)]
        return tuple(sorted({method for route in routes for method in route.methods}))

    def _fast_of(self, name: str) -> dict[tuple[bytes, bytes], Match]:
        routes = (route for _, route in self._patterns if NAME in route.template)
        by_size = (route for route in routes if route.where is Execution.BY_SIZE)
        return _fast(self._matches(by_size, [name]))

    def _matches(
        self, routes: Iterable[Route], names: Collection[str]
    ) -> dict[tuple[str, str], Match]:
        return {
            (method, path): match
            for route in routes
            for path in _paths(route, names)
            for method in route.methods
            if (match := self._search(method, path))
        }

    def _search(self, method: str, path: str) -> Match | None:
        for pattern, route in self._patterns:
            match = pattern.fullmatch(path) if method in route.methods else None
            if match:
                groups = match.groupdict()
                name, version = groups.get("name") or "", groups.get("version")
                if name in self.others:
                    return None
                model = self._label(name)
                return Match(route=route, name=name, version=version, model=model, path=path)
        return None


def _fast(matches: Mapping[tuple[str, str], Match]) -> dict[tuple[bytes, bytes], Match]:
    """Those that may be answered at once, by method and path as they are sent."""
    return {
        (method.encode(), path.encode()): match
        for (method, path), match in matches.items()
        if match.route.where is Execution.BY_SIZE
    }


def _paths(route: Route, names: Iterable[str]) -> list[str]:
    """The paths of a route for some models; none if the path has a version too."""
    if VERSION in route.template:
        return []
    return [route.template.replace(NAME, name) for name in names]


def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern; a name may hold colons, but not end with a verb such as :predict."""
    name = r"(?P<\1>[^/]+(?<!:predict)(?<!:explain))"
    return re.compile(re.sub(r"\\{(\w+)\\}", name, re.escape(template)))


def build_routes(
    repository: ModelRepository, limits: Limits, events: EventSettings = EVENTS
) -> Routes:
    """Every route of ours; the others are KServe's."""
    predictions = PredictionRoutes(repository, limits, events)
    management = ManagementRoutes(repository)
    pages = PageRoutes(repository, limits)
    predict: dict[str, Handler] = {
        "/v1/models/{name}:predict": predictions.v1_predict,
        "/v1/models/{name}:explain": predictions.v1_explain,
        "/v1/models/{name}/versions/{version}:predict": predictions.v1_predict,
        "/v1/models/{name}/versions/{version}:explain": predictions.v1_explain,
        "/v2/models/{name}/infer": predictions.v2_infer,
        "/v2/models/{name}/versions/{version}/infer": predictions.v2_infer,
        "/predict": predictions.legacy_predict,
    }
    health: dict[str, Handler] = {
        "/v2/health/live": management.live,
        "/v2/health/ready": management.ready,
    }
    get: dict[str, Handler] = {
        "/v2": management.server,
        "/v2/": management.server,
        "/v1/models/{name}": management.model_ready,
        "/v2/models/{name}": management.model,
        "/v2/models/{name}/ready": management.model_ready,
        "/v2/models/{name}/versions/{version}": management.model,
        "/v2/models/{name}/versions/{version}/ready": management.model_ready,
        "/app.js": pages.script,
        "/app.css": pages.style,
        "/openapi.json": OpenApiRoute(repository).openapi,
        "/docs": pages.docs,
        "/docs/start.js": pages.docs_script,
        "/docs/docs.css": pages.docs_style,
        "/docs/swagger-ui-bundle.js": pages.swagger_script,
        "/docs/swagger-ui.css": pages.swagger_style,
        "/forecast/{name}": management.forecast,
        "/report/{name}": management.report,
        "/rows/{name}": management.rows,
    }
    change: dict[str, Handler] = {
        "/v2/repository/index": management.index,
        "/v2/repository/models/{name}/load": management.load,
        "/v2/repository/models/{name}/unload": management.unload,
    }
    # Clients of the older interface reload by GET, from a browser's address bar.
    reload: dict[str, Handler] = {"/reload_model": management.reload_all}
    table = [
        *_routes(("POST",), predict, where=Execution.BY_SIZE),
        *_routes(("GET", "HEAD"), health, is_open=True),
        # Where KServe answers programs that it is alive.
        *_routes(("GET", "HEAD"), {"/": pages.page}, is_page=True),
        *_routes(("GET", "HEAD"), get),
        *_routes(("POST",), change, where=Execution.THREAD),
        *_routes(("GET", "POST"), reload, where=Execution.THREAD),
    ]
    routes = Routes(table, names=repository.handles, label=repository.metric_label)
    repository.subscribe(routes)
    return routes


def _routes(
    methods: tuple[str, ...],
    handlers: Mapping[str, Handler],
    *,
    where: Execution = Execution.LOOP,
    is_open: bool = False,
    is_page: bool = False,
) -> list[Route]:
    return [
        Route(
            methods=methods,
            template=template,
            handler=handler,
            where=where,
            is_open=is_open,
            is_page=is_page,
        )
        for template, handler in handlers.items()
    ]
