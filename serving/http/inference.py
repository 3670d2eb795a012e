"""Routes that predict: v1, v2 and the two older interfaces."""

from __future__ import annotations

from serving.errors import RequestFieldError
from serving.http.body import HEADER_LENGTH, check, header_length
from serving.http.messages import JSON, Request, Response
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository
from serving.payload import forecasts, legacy, v1, v2
from serving.payload.forecasts import ForecastRequest
from serving.payload.schema import Rows
from serving.settings import Limits


class PredictionRoutes:
    """The routes that predict. Each looks its model up once, so a swap changes no response."""

    def __init__(self, repository: ModelRepository, limits: Limits) -> None:
        self._repository = repository
        self._max_rows = limits.rows

    def v1_predict(self, request: Request) -> Response:
        """``{"instances": [...]}`` to ``{"predictions": [...]}``."""
        model = self._repository.require(request.name, request.version)
        check(request.headers)
        payload = v1.decode(request.body, model.schema, max_rows=self._max_rows)
        return Response(_predict(model, payload))

    def v1_explain(self, request: Request) -> Response:
        """``{"instances": [...]}`` to each prediction and the contributions of its columns."""
        model = self._repository.require(request.name, request.version)
        check(request.headers)
        payload = v1.decode(request.body, model.schema, max_rows=self._max_rows)
        return Response(_explain(model, payload))

    def v2_infer(self, request: Request) -> Response:
        """Tensors to tensors, as JSON or binary."""
        model = self._repository.require(request.name, request.version)
        length = header_length(request.headers)
        check(request.headers, binary=True)
        infer_request = v2.decode(
            request.body, model.schema, max_rows=self._max_rows, header_length=length
        )
        answer = model.predict(infer_request.rows)
        body, json_length = v2.encode(
            answer, id=infer_request.id, binary=infer_request.outputs_binary
        )
        headers = _binary_headers(json_length) if json_length is not None else (JSON,)
        return Response(body, headers=headers)

    def legacy_predict(self, request: Request) -> Response:
        """One flat row, or a query of several, to ``{"prediction": ...}``."""
        if not self._repository.has_wildcards:
            self._repository.default.require()
        check(request.headers)
        query = legacy.parse(request.body)
        model = self._repository.require(query.model or self._repository.default.name)
        answer = model.predict(legacy.decode(query, model.schema, max_rows=self._max_rows))
        return Response(legacy.encode(answer, single=query.single))

    def cloud_event(self, name: str, document: object, *, explain: bool) -> bytes:
        """Answer what KServe has unwrapped from a CloudEvent."""
        model = self._repository.require(name)
        if not isinstance(document, dict):
            raise RequestFieldError(field="data", reason="is no object with instances")
        payload = v1.decode_document(document, model.schema, max_rows=self._max_rows)
        return _explain(model, payload) if explain else _predict(model, payload)


def _predict(model: ServedModel, payload: Rows | ForecastRequest) -> bytes:
    if isinstance(payload, ForecastRequest):
        return forecasts.encode(model.forecast(payload))
    return v1.encode(model.predict(payload))


def _explain(model: ServedModel, payload: Rows | ForecastRequest) -> bytes:
    if isinstance(payload, ForecastRequest):
        reason = "asks for months, whose forecasts have no contributions to explain; expected rows"
        raise RequestFieldError(field="The request", reason=reason)
    return v1.encode_explanation(model.explain(payload))


def _binary_headers(json_length: int) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-type", b"application/octet-stream"),
        (HEADER_LENGTH, b"%d" % json_length),
    )
