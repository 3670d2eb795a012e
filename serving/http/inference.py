"""Routes that predict: v1, v2 and the two older interfaces."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from milkprice.errors import MilkpriceError
from serving.errors import RequestFieldError, error_facts
from serving.http.body import (
    EVENT,
    HEADER_LENGTH,
    check,
    header_length,
    is_event,
    is_structured_event,
)
from serving.http.messages import JSON, Request, Response
from serving.logs import log
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository
from serving.payload import events, forecasts, legacy, v1, v2
from serving.payload.events import Event
from serving.payload.forecasts import ForecastRequest
from serving.payload.schema import Rows
from serving.settings import EVENTS, EventSettings, Limits

Answer: TypeAlias = "Callable[[ServedModel, Rows | ForecastRequest], bytes]"


class PredictionRoutes:
    """The routes that predict. Each looks its model up once, so a swap changes no response."""

    def __init__(
        self, repository: ModelRepository, limits: Limits, events: EventSettings = EVENTS
    ) -> None:
        self._repository = repository
        self._max_rows = limits.rows
        self._events = events

    def v1_predict(self, request: Request) -> Response:
        """``{"instances": [...]}`` to ``{"predictions": [...]}``."""
        return self._v1(request, _predict)

    def v1_explain(self, request: Request) -> Response:
        """``{"instances": [...]}`` to each prediction and the contributions of its columns."""
        return self._v1(request, _explain)

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

    def _v1(self, request: Request, answer: Answer) -> Response:
        model = self._repository.require(request.name, request.version)
        if is_event(request.headers):
            return self._event(request, model, answer)
        check(request.headers)
        payload = v1.decode(request.body, model.schema, max_rows=self._max_rows)
        return Response(answer(model, payload))

    def _event(self, request: Request, model: ServedModel, answer: Answer) -> Response:
        """Answer a CloudEvent; a refused one is logged, since a broker does not tell its sender."""
        try:
            event = _read_event(request)
            data = answer(model, event.decode(model.schema, max_rows=self._max_rows))
        except MilkpriceError as error:
            log(logging.WARNING, "event refused", model=model.name, **error_facts(error))
            raise
        attributes, body = events.encode(data, event, model=model.name, settings=self._events)
        kind = JSON if event.is_binary else (b"content-type", EVENT.encode())
        headers = [(name.encode(), value.encode()) for name, value in attributes.items()]
        return Response(body, headers=(kind, *headers))


def _read_event(request: Request) -> Event:
    if is_structured_event(request.headers):
        return events.decode_structured(request.body)
    check(request.headers)
    return events.decode_binary(request.headers, request.body)


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
