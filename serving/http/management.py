"""Routes that do not predict: metadata, state, loading, and the artifacts of a model."""

from __future__ import annotations

from serving.errors import ArtifactMissingError, ModelNotLoadedError, RequestFieldError
from serving.http import body
from serving.http.messages import Header, Request, Response, document, error_response
from serving.models.artifacts import Compressed
from serving.models.description import SERVER, index_entry, metadata, unloaded_entry
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository
from serving.payload import strict_json

# The scripts of a report run in a sandbox: they cannot send the reader's token to this server,
# and fetch nothing.
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


class ManagementRoutes:
    """The routes of metadata, state and artifacts, and those that change the state."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    def live(self, request: Request) -> Response:  # noqa: ARG002
        """Whether the process answers."""
        return document({"live": True})

    def ready(self, request: Request) -> Response:  # noqa: ARG002
        """Whether every named model answers; no longer so once the process has to end."""
        if self._repository.is_ready:
            return document({"ready": True})
        return error_response(ModelNotLoadedError())

    def server(self, request: Request) -> Response:  # noqa: ARG002
        """The server's metadata."""
        return document(SERVER)

    def model(self, request: Request) -> Response:
        """A model's metadata."""
        handle = self._repository.handle(request.name)
        self._repository.require(request.name, request.version)
        return document(metadata(handle))

    def model_ready(self, request: Request) -> Response:
        """Whether a model answers."""
        self._repository.require(request.name, request.version)
        return document({"name": request.name, "ready": True})

    def index(self, request: Request) -> Response:
        """Every model and its state."""
        only_ready = _only_ready(request)
        states = [index_entry(handle) for handle in self._repository.handles.values()]
        if only_ready:
            return document([state for state in states if state["state"] == "READY"])
        unloaded = [unloaded_entry(*model) for model in self._repository.unloaded()]
        return document([*states, *unloaded])

    def load(self, request: Request) -> Response:
        """Load the version that should serve now."""
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

    def forecast(self, request: Request) -> Response:
        """The price history, the forecasts by month, and their errors in the backtest."""
        model = self._repository.require(request.name)
        forecast = model.artifacts.forecast_json
        if forecast is None:
            raise ArtifactMissingError(model=model.label, artifact="forecasts by month")
        named = {"model_name": model.name, "model_version": model.version}
        return document({**forecast, **named, "unit": model.sidecar.target.unit})

    def report(self, request: Request) -> Response:
        """The report of the training, as it was published."""
        model = self._repository.require(request.name)
        return _file(model, model.artifacts.report, REPORT_HEADERS, "a report")

    def rows(self, request: Request) -> Response:
        """The newest rows of the training data, as a CSV template."""
        model = self._repository.require(request.name)
        return _file(model, model.artifacts.template, CSV_HEADERS, "a table of features")


def _file(
    model: ServedModel, file: Compressed[bytes] | None, headers: tuple[Header, ...], artifact: str
) -> Response:
    if file is None:
        raise ArtifactMissingError(model=model.label, artifact=artifact)
    return Response(file.data, headers=headers)


def _only_ready(request: Request) -> bool:
    if not request.body:
        return False
    body.check(request.headers)
    ready = strict_json.parse(request.body).get("ready", False)
    if not isinstance(ready, bool):
        raise RequestFieldError(field="ready", reason=f"is {ready!r}; expected true or false")
    return ready
