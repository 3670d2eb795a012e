"""Which function answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from serving.http.call import Call, Reply
from serving.settings import INLINE_BYTES

Handler = Callable[[Call], Reply]

READING = frozenset({"GET", "HEAD"})


class Where(Enum):
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
    where: Where = Where.LOOP
    is_open: bool = False
    is_page: bool = False

    @cached_property
    def takes_events(self) -> bool:
        """Whether it can be asked by a CloudEvent, which KServe unwraps."""
        return self.template.startswith("/v1/models/{name}:")

    def changes(self, method: str) -> bool:
        """Whether a request may change something here."""
        return method not in READING or self.where is Where.THREAD

    def answers_on_loop(self, size: int) -> bool:
        """Whether a body of so many bytes is answered on the loop and not in a thread."""
        return self.where is Where.LOOP or (self.where is Where.BY_SIZE and size <= INLINE_BYTES)


@dataclass(frozen=True, kw_only=True)
class Match:
    """A request's route and what its path holds.

    Attributes:
        route: The route.
        name: The model in the path; empty where the route has none.
        version: The version in the path.
        model: The name if such a model is served, else empty; the label in metrics, which
            clients must not be able to make up.
        path: The path.
    """

    route: Route
    name: str = ""
    version: str | None = None
    model: str = ""
    path: str = ""


class Routes:
    """All routes of ours. The paths of models that are known are found without a search.

    Attributes:
        prompt: Routes that may be answered on the spot, by method and path as they are sent.
    """

    def __init__(self, routes: Iterable[Route], *, names: Iterable[str]) -> None:
        self._patterns = [(_pattern(route.template), route) for route in routes]
        self._names = frozenset(names)
        paths = [
            (route, route.template.replace("{name}", name))
            for _, route in self._patterns
            for name in self._names
            if "{version}" not in route.template
        ]
        self._ready = {
            (method, path): match
            for route, path in paths
            for method in route.methods
            if (match := self._searched(method, path))
        }

        self.prompt = {
            (method.encode(), path.encode()): match
            for (method, path), match in self._ready.items()
            if match.route.where is Where.BY_SIZE
        }

    def find(self, method: str, path: str) -> Match | None:
        """Find the route of a request; None if it is not one of ours."""
        return self._ready.get((method, path)) or self._searched(method, path)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path takes; none if it is not one of ours."""
        routes = [route for pattern, route in self._patterns if pattern.fullmatch(path)]
        return tuple(sorted({method for route in routes for method in route.methods}))

    def _searched(self, method: str, path: str) -> Match | None:
        for pattern, route in self._patterns:
            found = pattern.fullmatch(path) if method in route.methods else None
            if found:
                parts = found.groupdict()
                name, version = parts.get("name") or "", parts.get("version")
                model = name if name in self._names else ""
                return Match(route=route, name=name, version=version, model=model, path=path)
        return None


def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern; a name may hold colons, but does not swallow what is asked of it."""
    name = r"(?P<\1>[^/]+(?<!:predict)(?<!:explain))"
    return re.compile(re.sub(r"\\{(\w+)\\}", name, re.escape(template)))
