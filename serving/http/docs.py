"""The description of the interface: for programs as OpenAPI, for people as a page."""

from __future__ import annotations

from functools import cached_property
from importlib import resources
from typing import Any

import yaml

from serving.http.curl import Caller
from serving.http.docs_page import render
from serving.http.examples import with_examples
from serving.http.messages import Header, Request, Response, document
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository

# The page has no script and fetches nothing; a name that tried to bring either would be refused.
PAGE_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'",
    ),
)


# Of models in memory on the page; a thousand would be megabytes that nobody reads.
MOST_SHOWN = 20


class DocsRoutes:
    """The routes that explain the others, by examples that the first loaded model answers.

    What was written is kept until something in it would be different.
    """

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository
        self._openapi: tuple[object, Response] = (None, Response(b""))
        self._page: tuple[object, Response] = (None, Response(b""))

    @cached_property
    def description(self) -> dict[str, Any]:
        """The OpenAPI document, as it lies in the package."""
        text = resources.files("serving.http").joinpath("openapi.yaml").read_text("utf-8")
        parsed: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)  # the slow one takes 60 ms
        return parsed

    def openapi(self, request: Request) -> Response:  # noqa: ARG002
        """The description as JSON."""
        state = (self._example(),)
        if self._openapi[0] != state:
            self._openapi = state, document(with_examples(self.description, *state))
        return self._openapi[1]

    def page(self, request: Request) -> Response:
        """The description as a page that needs nothing from elsewhere."""
        caller, handles = Caller.of(request.headers), list(self._repository.handles.values())
        shown, more = handles[:MOST_SHOWN], len(handles[MOST_SHOWN:])
        state = (
            caller,
            more,
            [(handle.model, handle.failure, handle.is_unloaded) for handle in shown],
        )
        if self._page[0] != state:
            described = with_examples(self.description, self._example())
            page = render(described, shown, caller, more=more)
            self._page = state, Response(page.encode(), headers=PAGE_HEADERS)
        return self._page[1]

    def _example(self) -> ServedModel | None:
        served = (handle.model for handle in self._repository.handles.values())
        return next((model for model in served if model is not None), None)
