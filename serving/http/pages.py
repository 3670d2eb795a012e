"""The pages for a browser: forecasts and predictions, and Swagger UI over the OpenAPI document.

A page and what it loads come from this server; the headers keep it from fetching elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path

from jinja2 import Environment, PackageLoader

from milkprice.data.formats import names
from serving.http.messages import Header, Request, Response
from serving.models.description import SERVER
from serving.models.repository import ModelRepository
from serving.settings import Limits

# Sent as one file, in this order; each is a part that can be read alone.
SCRIPTS = (
    *("dom.js", "csv.js", "check.js", "tables.js", "chart.js", "forecast.js", "rows.js"),
    *("whatif.js", "compare.js", "link.js", "app.js"),
)
MAX_OPTIONS = 500
MILK_TITLE, TITLE = "Milk price in Chile", "Monthly prices"
HTML: Header = (b"content-type", b"text/html; charset=utf-8")
PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    b"img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
DOCS_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    b"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Asked for again each time, so that a new release's page never runs an old one's script.
NO_CACHE: Header = (b"cache-control", b"no-cache")
# Swagger UI has two megabytes, and its address holds its version.
CACHE: Header = (b"cache-control", b"private, max-age=31536000, immutable")

JAVASCRIPT = b"text/javascript; charset=utf-8"
CSS = b"text/css; charset=utf-8"
# The files of Swagger UI, in a package that brings nothing else that is used here.
SWAGGER_UI = "fastapi-offline"


class PageRoutes:
    """The routes of both pages and their files."""

    def __init__(self, repository: ModelRepository, limits: Limits) -> None:
        self._repository = repository
        self._limits = limits
        self._templates = Environment(
            loader=PackageLoader(__package__, "ui"), autoescape=True, trim_blocks=True
        )

    def page(self, request: Request) -> Response:  # noqa: ARG002
        """The page for people, with the models that are served now."""
        page = self._templates.get_template("page.html").render(
            title=self._title(),
            milk=names.PRICE,
            version=SERVER["version"],
            names=self._repository.names,
            handles=self._repository.handles,
            max_options=MAX_OPTIONS,
            limits=self._limits,
        )
        # Programs get KServe's response at the same address.
        return _page(page, PAGE_POLICY, (b"vary", b"accept"))

    def _title(self) -> str:
        """What the page is called until its script knows the model: by the first that serves."""
        models = (handle.model for handle in self._repository.handles.values())
        targets = [model.sidecar.target.name for model in models if model is not None]
        if not targets:
            return TITLE
        return MILK_TITLE if targets[0] == names.PRICE else targets[0]

    def script(self, request: Request) -> Response:  # noqa: ARG002
        """The script of the page for people."""
        return _file(b"\n".join(map(_own, SCRIPTS)), JAVASCRIPT)

    def style(self, request: Request) -> Response:  # noqa: ARG002
        """The style sheet of the page for people."""
        return _file(_own("app.css"), CSS)

    def docs(self, request: Request) -> Response:  # noqa: ARG002
        """Swagger UI."""
        version = metadata.version(SWAGGER_UI)
        page = self._templates.get_template("docs.html").render(version=version)
        return _page(page, DOCS_POLICY)

    def docs_script(self, request: Request) -> Response:  # noqa: ARG002
        """What starts Swagger UI."""
        return _file(_own("start.js"), JAVASCRIPT)

    def docs_style(self, request: Request) -> Response:  # noqa: ARG002
        """What Swagger UI's own style sheet lacks."""
        return _file(_own("docs.css"), CSS)

    def swagger_script(self, request: Request) -> Response:  # noqa: ARG002
        """Swagger UI's own script."""
        return _file(_swagger("swagger-ui-bundle.js"), JAVASCRIPT, cache=CACHE)

    def swagger_style(self, request: Request) -> Response:  # noqa: ARG002
        """Swagger UI's own style sheet."""
        return _file(_swagger("swagger-ui.css"), CSS, cache=CACHE)


def _page(text: str, policy: bytes, *more: Header) -> Response:
    headers = (
        *(HTML, (b"content-security-policy", policy)),
        *((b"referrer-policy", b"no-referrer"), *more),
    )
    return Response(text.encode(), headers=headers)


def _file(content: bytes, kind: bytes, *, cache: Header = NO_CACHE) -> Response:
    headers = ((b"content-type", kind), cache, (b"x-content-type-options", b"nosniff"))
    return Response(content, headers=headers)


@cache
def _own(name: str) -> bytes:
    return resources.files("serving.http").joinpath("ui").joinpath(name).read_bytes()


@cache
def _swagger(name: str) -> bytes:
    """A file of Swagger UI, found without importing the package that ships it."""
    package = SWAGGER_UI.replace("-", "_")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No package {package}, which ships Swagger UI.", name=package)
    return (Path(spec.origin).parent / "static" / name).read_bytes()
