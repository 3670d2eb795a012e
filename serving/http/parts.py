"""Routes that give what a model brings beside its arithmetic."""

from __future__ import annotations

from serving.errors import NoOutlookError, NoReportError, NoTemplateError
from serving.http.call import Call, Header, Reply, document
from serving.models.host import Host

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
