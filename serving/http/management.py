"""Routes that tell what is here and in which state, and that change it.

Routes that give what a model brings beside its arithmetic.
"""

from __future__ import annotations

from serving.errors import (
    ModelNotLoadedError,
    NoForecastError,
    NoReportError,
    NoTemplateError,
    RequestFieldError,
)
from serving.http import body as media
from serving.http.messages import Header, Request, Response, document, error_response
from serving.models.description import SERVER, index_entry, metadata, unloaded_entry
from serving.models.repository import ModelRepository
from serving.payload import strict_json


class ManagementRoutes:
    """The routes that do not predict."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    def live(self, request: Request) -> Response:  # noqa: ARG002
        """Whether the process answers."""
        return document({"live": True})

    def ready(self, request: Request) -> Response:  # noqa: ARG002
        """Whether every named model answers; not any more once the process was told to end."""
        if self._repository.is_ready:
            return document({"ready": True})
        return error_response(ModelNotLoadedError())

    def server(self, request: Request) -> Response:  # noqa: ARG002
        """What this server is."""
        return document(SERVER)

    def model(self, request: Request) -> Response:
        """What is known of a model."""
        handle = self._repository.handle(request.name)
        self._repository.require(request.name, request.version)
        return document(metadata(handle))

    def model_ready(self, request: Request) -> Response:
        """Whether a model answers."""
        self._repository.require(request.name, request.version)
        return document({"name": request.name, "ready": True})

    def index(self, request: Request) -> Response:
        """Every model there is and its state."""
        only_ready = _only_ready(request)
        states = [index_entry(handle) for handle in self._repository.handles.values()]
        if only_ready:
            return document([state for state in states if state["state"] == "READY"])
        return document(
            [*states, *(unloaded_entry(*absent) for absent in self._repository.unloaded())]
        )

    def load(self, request: Request) -> Response:
        """Load a model, or whatever newer version is meant by now."""
        version = self._repository.load(request.name).version
        return document({"name": request.name, "load": True, "version": version})

    def unload(self, request: Request) -> Response:
        """Stop serving a model."""
        self._repository.unload(request.name)
        return document({"name": request.name, "unload": True})

    def reload_all(self, request: Request) -> Response:  # noqa: ARG002
        """Load every model anew, as an older interface did for its only one."""
        handles = self._repository.handles
        for handle in handles.values():
            handle.load()
        versions = {name: handle.require().version for name, handle in handles.items()}
        return document({"message": "Model reloaded", "versions": versions})


def _only_ready(request: Request) -> bool:
    if not request.body:
        return False
    media.check(request.headers)
    asked = strict_json.parse(request.body).get("ready", False)
    if not isinstance(asked, bool):
        raise RequestFieldError(field="ready", reason=f"is {asked!r}; expected true or false")
    return asked


# A report runs what it brought itself, as a page of nobody: it cannot ask this server with the
# reader's token, and fetches nothing.
REPORT_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
        b"script-src 'unsafe-inline'; img-src data:",
    ),
    (b"x-content-type-options", b"nosniff"),
)
CSV_HEADERS: tuple[Header, ...] = ((b"content-type", b"text/csv; charset=utf-8"),)


class ArtifactRoutes:
    """The routes, over all models."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    def forecast(self, request: Request) -> Response:
        """The forecast: history, forecasts, how good such forecasts were."""
        model = self._repository.require(request.name)
        forecast = model.artifacts.forecast_json
        if forecast is None:
            raise NoForecastError(model=model.label)
        named = {"model_name": model.name, "model_version": model.version}
        return document({**forecast, **named, "unit": model.sidecar.target.unit})

    def report(self, request: Request) -> Response:
        """The report of the training, as it was published."""
        model = self._repository.require(request.name)
        report = model.artifacts.report
        if report is None:
            raise NoReportError(model=model.label)
        return Response(report.data, headers=REPORT_HEADERS)

    def rows(self, request: Request) -> Response:
        """The newest rows that were learnt from, as CSV to be filled in."""
        model = self._repository.require(request.name)
        template = model.artifacts.template
        if template is None:
            raise NoTemplateError(model=model.label)
        return Response(template.data, headers=CSV_HEADERS)
