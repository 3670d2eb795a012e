"""Routes that tell what is here and in which state, and that change it.

Routes that give what a model brings beside its arithmetic.
"""

from __future__ import annotations

from serving.errors import (
    EnvelopeError,
    ModelNotLoadedError,
    NoOutlookError,
    NoReportError,
    NoTemplateError,
)
from serving.http import body as media
from serving.http.messages import Call, Header, Reply, document, refusal
from serving.models.description import SERVER, described, state_of, unloaded
from serving.models.repository import Host
from serving.payload import json as text


class Inventory:
    """The routes that do not predict."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def live(self, call: Call) -> Reply:  # noqa: ARG002
        """Whether the process answers."""
        return document({"live": True})

    def ready(self, call: Call) -> Reply:  # noqa: ARG002
        """Whether every named model answers; not any more once the process was told to end."""
        if self._host.is_ready:
            return document({"ready": True})
        return refusal(ModelNotLoadedError())

    def server(self, call: Call) -> Reply:  # noqa: ARG002
        """What this server is."""
        return document(SERVER)

    def model(self, call: Call) -> Reply:
        """What is known of a model."""
        slot = self._host.slot(call.name)
        self._host.require(call.name, call.version)
        return document(described(slot))

    def model_ready(self, call: Call) -> Reply:
        """Whether a model answers."""
        self._host.require(call.name, call.version)
        return document({"name": call.name, "ready": True})

    def index(self, call: Call) -> Reply:
        """Every model there is and its state."""
        only_ready = _only_ready(call)
        states = [state_of(slot) for slot in self._host.slots.values()]
        if only_ready:
            return document([state for state in states if state["state"] == "READY"])
        return document([*states, *(unloaded(*absent) for absent in self._host.absent())])

    def load(self, call: Call) -> Reply:
        """Load a model, or whatever newer version is meant by now."""
        version = self._host.load(call.name).version
        return document({"name": call.name, "load": True, "version": version})

    def unload(self, call: Call) -> Reply:
        """Stop serving a model."""
        self._host.unload(call.name)
        return document({"name": call.name, "unload": True})

    def reload_all(self, call: Call) -> Reply:  # noqa: ARG002
        """Load every model anew, as an older interface did for its only one."""
        slots = self._host.slots
        for slot in slots.values():
            slot.load()
        versions = {name: slot.require().version for name, slot in slots.items()}
        return document({"message": "Model reloaded", "versions": versions})


def _only_ready(call: Call) -> bool:
    if not call.body:
        return False
    media.check(call.headers)
    asked = text.parse(call.body).get("ready", False)
    if not isinstance(asked, bool):
        raise EnvelopeError(field="ready", reason=f"is {asked!r}; expected true or false")
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


class PartsOfModels:
    """The routes, over all models."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def forecast(self, call: Call) -> Reply:
        """The outlook: history, forecasts, how good such forecasts were."""
        model = self._host.require(call.name)
        outlook = model.parts.document
        if outlook is None:
            raise NoOutlookError(model=model.label)
        named = {"model_name": model.name, "model_version": model.version}
        return document({**outlook, **named, "unit": model.sidecar.target.unit})

    def report(self, call: Call) -> Reply:
        """The report of the training, as it was published."""
        model = self._host.require(call.name)
        report = model.parts.report
        if report is None:
            raise NoReportError(model=model.label)
        return Reply(report, headers=REPORT_HEADERS)

    def rows(self, call: Call) -> Reply:
        """The newest rows that were learnt from, as CSV to be filled in."""
        model = self._host.require(call.name)
        template = model.parts.template
        if template is None:
            raise NoTemplateError(model=model.label)
        return Reply(template, headers=CSV_HEADERS)
