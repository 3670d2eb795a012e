"""CloudEvents around requests of KServe's first protocol."""

import base64
import json
import re
from datetime import datetime

import pytest

from serving.errors import JsonError, RequestFieldError, RowError
from serving.payload import events
from serving.payload.forecasts import ForecastRequest
from serving.settings import EventSettings

ROW = (12.5, 2015.0, 200.25)
DATA = {"instances": [list(ROW)]}
TEXT = json.dumps(DATA).encode()
BINARY = {b"ce-specversion": b"1.0", b"ce-id": b"1", b"ce-source": b"/a%20b", b"ce-type": b"rows"}
# The second example of the specification's JSON format, but for its data.
SPECIFIED = {
    "specversion": "1.0",
    "type": "com.example.someevent",
    "source": "/mycontext",
    "subject": None,
    "id": "B234-1234-1234",
    "time": "2018-04-05T17:31:00Z",
    "comexampleextension1": "value",
    "comexampleothervalue": 5,
    "datacontenttype": "application/json",
}
PACKED = base64.b64encode(TEXT).decode()
ANSWER = b'{"predictions":[1.5]}'


def structured(**more):
    """An event with the least of attributes and whatever else it is given; ``...`` leaves out."""
    event = {"specversion": "1.0", "id": "1", "source": "/a", "type": "rows", **more}
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(events.decode_structured(structured(data=DATA)), id="structured"),
        pytest.param(events.decode_structured(structured(data_base64=PACKED)), id="base64"),
        pytest.param(
            events.decode_structured(structured(data=None, data_base64=PACKED)), id="null beside"
        ),
        pytest.param(
            events.decode_structured(structured(**SPECIFIED, data=DATA)), id="specification"
        ),
        pytest.param(
            events.decode_structured(structured(specversion="0.3", data=DATA)), id="older"
        ),
        pytest.param(events.decode_binary(BINARY, TEXT), id="binary"),
    ],
)
def test_decode_event_of_any_form_is_its_request(schema, event):
    assert event.decode(schema, max_rows=3) == ROW


def test_decode_event_may_ask_for_months(schema):
    event = events.decode_structured(structured(data={"horizon": 3}))
    assert event.decode(schema, max_rows=3) == ForecastRequest(horizon=3)


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        pytest.param(b"{", JsonError, "The body is not usable JSON", id="no JSON"),
        pytest.param(b'{"id": "1", "id": "2"}', JsonError, "'id' twice", id="key twice"),
        pytest.param(
            structured(id=..., source=None, type=5, data=DATA),
            RequestFieldError,
            "The CloudEvent: lacks 'id', 'source', 'type'; every event has a text under each",
            id="attributes",
        ),
        pytest.param(
            structured(specversion="2.0", data=DATA),
            RequestFieldError,
            "specversion: is '2.0'; expected one of 0.3, 1.0.",
            id="version",
        ),
        pytest.param(
            structured(), RequestFieldError, "data: comes as none; expected an object", id="none"
        ),
        pytest.param(
            structured(data="text"), RequestFieldError, "data: is 'text'; expected an", id="text"
        ),
        pytest.param(
            structured(data=DATA, data_base64=PACKED),
            RequestFieldError,
            "data: comes as 'data', 'data_base64'; expected an object with instances, or the",
            id="both",
        ),
        pytest.param(
            structured(data_base64="*"), RequestFieldError, "data_base64: is no base64", id="64"
        ),
        pytest.param(
            structured(data_base64="ñ"), RequestFieldError, "data_base64: is no base64", id="ñ"
        ),
        pytest.param(
            structured(data={"instances": [[1, None, 3]]}),
            RowError,
            "Row 0, column 'Año': None; expected a finite number.",
            id="row",
        ),
        pytest.param(
            structured(data_base64=base64.b64encode(b'{"instances": [[1, NaN, 3]]}').decode()),
            RowError,
            "Row 0, column 'Año': NaN; expected a finite number.",
            id="row in base64",
        ),
    ],
)
def test_decode_structured_event_that_is_no_request_is_refused(schema, body, error, message):
    with pytest.raises(error, match=re.escape(message)):
        events.decode_structured(body).decode(schema, max_rows=3)


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        pytest.param({**BINARY, b"ce-id": b""}, TEXT, "The CloudEvent: lacks 'id'", id="no id"),
        pytest.param(BINARY, b"", "data: is missing; expected instances.", id="no data"),
    ],
)
def test_decode_binary_event_that_is_no_request_is_refused(headers, body, message):
    with pytest.raises(RequestFieldError, match=re.escape(message)):
        events.decode_binary(headers, body)


def written(event, **settings):
    """The attributes of the answer to an event, its data, and its headers' number."""
    headers, body = events.encode(ANSWER, event, model="milk", settings=EventSettings(**settings))
    if not event.is_binary:
        document = json.loads(body)
        return document, document.pop("data"), len(headers)
    return {name.removeprefix("ce-"): value for name, value in headers.items()}, json.loads(body), 5


@pytest.mark.parametrize(
    ("event", "count"),
    [
        pytest.param(events.decode_structured(structured(data=DATA)), 0, id="structured"),
        pytest.param(events.decode_binary(BINARY, TEXT), 5, id="binary"),
    ],
)
def test_encode_answer_is_an_event_of_the_same_kind(event, count):
    attributes, data, headers = written(event)
    assert data == {"predictions": [1.5]}
    assert headers == count
    assert datetime.fromisoformat(attributes.pop("time")).tzinfo
    assert len(attributes.pop("id")) == 36
    assert attributes == {
        "specversion": "1.0",
        "type": "io.kserve.inference.response",
        "source": "io.kserve.inference.milk",
    }


def test_encode_answer_keeps_what_is_not_about_the_data_if_it_is_to_merge():
    event = events.decode_structured(structured(**SPECIFIED, data=DATA))
    attributes, _, _ = written(event, merge=True, type="price", source="/us")
    assert attributes.pop("id") != SPECIFIED["id"]
    assert attributes.pop("time") > SPECIFIED["time"]
    assert attributes == {
        "specversion": "1.0",
        "type": "price",
        "source": "/us",
        "subject": None,
        "comexampleextension1": "value",
        "comexampleothervalue": 5,
    }


def test_encode_attribute_of_any_text_fits_into_a_header():
    farm = b"Los R%C3%ADos%0D%0Ax: %22"
    event = events.decode_binary({**BINARY, b"ce-farm": farm, b"ce-dataschema": b"/a"}, TEXT)
    assert event.attributes["farm"] == 'Los Ríos\r\nx: "'
    attributes, _, _ = written(event, merge=True)
    assert attributes["farm"] == "Los%20R%C3%ADos%0D%0Ax:%20%22"
    assert "dataschema" not in attributes
