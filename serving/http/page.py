"""The page for people: forecasts to look at, rows to predict."""

from __future__ import annotations

from functools import cached_property
from importlib import resources
from string import Template

from serving.http.markup import Html, element, joined, void
from serving.http.messages import Header, Request, Response
from serving.models.description import SERVER
from serving.models.handle import ModelHandle
from serving.models.repository import ModelRepository
from serving.settings import Limits

# Sent as one file, in this order; each is a part that can be read alone.
SCRIPTS = ("dom.js", "csv.js", "check.js", "tables.js", "chart.js", "forecast.js", "rows.js")
MOST_OPTIONS = 500
PAGE_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        b"img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"accept"),  # programs get KServe's answer at the same address
)


class PageRoutes:
    """The routes of the page and its two files."""

    def __init__(self, repository: ModelRepository, limits: Limits) -> None:
        self._repository = repository
        self._limits = limits

    def page(self, request: Request) -> Response:  # noqa: ARG002
        """The page, with the models that are served now."""
        page = Template(_text("page.html")).substitute(
            version=joined([SERVER["version"]]),
            choice=_choice(self._repository),
            max_rows=self._limits.rows,
            max_bytes=self._limits.body_bytes,
        )
        return Response(page.encode(), headers=PAGE_HEADERS)

    def script(self, request: Request) -> Response:  # noqa: ARG002
        """What the page runs."""
        return Response(self._script, headers=_of_kind(b"text/javascript; charset=utf-8"))

    def style(self, request: Request) -> Response:  # noqa: ARG002
        """How the page looks."""
        return Response(self._style, headers=_of_kind(b"text/css; charset=utf-8"))

    @cached_property
    def _script(self) -> bytes:
        return "\n".join(map(_text, (*SCRIPTS, "app.js"))).encode()

    @cached_property
    def _style(self) -> bytes:
        return _text("app.css").encode()


def _choice(repository: ModelRepository) -> Html:
    """A list to choose a model from; of too many, a field that completes what is typed."""
    handles, names = repository.handles, repository.names
    if len(names) <= MOST_OPTIONS:
        options = (_option(handles[one]) if one in handles else _known(one) for one in names)
        return element("select", *options, id="model")
    known = element("datalist", *map(_known, names[:MOST_OPTIONS]), id="models")
    more = f"{len(names)} models; the first {MOST_OPTIONS} are proposed, any can be typed"
    field = void("input", id="model", list="models", value=names[0], autocomplete="off")
    return joined((field, known, element("small", more)))


def _known(name: str) -> Html:
    """A model that is loaded when it is chosen."""
    return element("option", name, value=name)


def _option(handle: ModelHandle) -> Html:
    """A model to choose; one that does not serve is there, but cannot be chosen."""
    if handle.model is None:
        return element("option", f"{handle.name} (not loaded)", value=handle.name, disabled="")
    return element("option", handle.name, value=handle.name)


def _text(name: str) -> str:
    return resources.files("serving.http").joinpath("ui").joinpath(name).read_text("utf-8")


def _of_kind(kind: bytes) -> tuple[Header, ...]:
    # Asked for again each time, so that a new release's page never runs an old one's script.
    return (
        (b"content-type", kind),
        (b"cache-control", b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
    )
