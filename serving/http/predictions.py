"""Routes that predict: v1, v2 and the two older interfaces."""

from __future__ import annotations

from serving.errors import EnvelopeError
from serving.http import media
from serving.http.call import JSON, Call, Reply
from serving.models.host import Host
from serving.payload import legacy, v1, v2
from serving.settings import Limits


class Predictions:
    """The routes that predict, over all models. Each takes the model once and keeps it."""

    def __init__(self, host: Host, limits: Limits) -> None:
        self._host = host
        self._max_rows = limits.rows

    def v1_predict(self, call: Call) -> Reply:
        """``{"instances": [...]}`` to ``{"predictions": [...]}``."""
        model = self._host.require(call.name, call.version)
        media.check(call.headers)
        answer = model.answer(v1.decode(call.body, model.schema, max_rows=self._max_rows))
        return Reply(v1.encode(answer))

    def v1_explain(self, call: Call) -> Reply:
        """``{"instances": [...]}`` to each prediction and its parts."""
        model = self._host.require(call.name, call.version)
        media.check(call.headers)
        explanation = model.explain(v1.decode(call.body, model.schema, max_rows=self._max_rows))
        return Reply(v1.encode_explanation(explanation))

    def v2_infer(self, call: Call) -> Reply:
        """Tensors to tensors, as JSON or binary."""
        model = self._host.require(call.name, call.version)
        length = media.header_length(call.headers)
        media.check(call.headers, binary=length is not None)
        request = v2.decode(call.body, model.schema, max_rows=self._max_rows, header_length=length)
        answer = model.answer(request.rows)
        body, json_length = v2.encode(answer, id=request.id, binary=request.outputs_binary)
        headers = _binary_headers(json_length) if json_length is not None else (JSON,)
        return Reply(body, headers=headers)

    def legacy_predict(self, call: Call) -> Reply:
        """One flat row, or a query of several, to ``{"prediction": ...}``."""
        self._host.default.require()
        media.check(call.headers)
        request = legacy.parse(call.body)
        slot = self._host.slot(request.model) if request.model else self._host.default
        model = slot.require()
        answer = model.answer(legacy.decode(request, model.schema, max_rows=self._max_rows))
        return Reply(legacy.encode(answer, single=request.single))

    def cloud_event(self, name: str, document: object, *, explain: bool) -> bytes:
        """Answer what KServe has unwrapped from a CloudEvent."""
        model = self._host.require(name)
        if not isinstance(document, dict):
            raise EnvelopeError(field="data", reason="is no object with instances")
        rows = v1.decode_document(document, model.schema, max_rows=self._max_rows)
        if explain:
            return v1.encode_explanation(model.explain(rows))
        return v1.encode(model.answer(rows))


def _binary_headers(json_length: int) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-type", b"application/octet-stream"),
        (media.HEADER_LENGTH, b"%d" % json_length),
    )
