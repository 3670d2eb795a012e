import grpc
import pytest

from milkprice.errors import MilkpriceError
from milkprice.forecasting.errors import MonthOutOfRangeError, NoMonthlyForecastsError
from serving import errors
from serving.statuses import STATUSES, grpc_code, http_headers, http_status


def kinds(base=errors.ServingError):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("kind", [*kinds()], ids=lambda kind: kind.__name__)
def test_statuses_every_error_of_serving_has_one(kind):
    assert any(base in STATUSES for base in kind.__mro__)


def test_statuses_codes_are_those_of_grpc():
    assert all(hasattr(grpc.StatusCode, code) for _, code in STATUSES.values())


@pytest.mark.parametrize(
    "error",
    [
        errors.RowError("Row 0 is wrong.", row=0),
        MonthOutOfRangeError(request="x", reason="y"),
        NoMonthlyForecastsError(model="milk"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_statuses_wrong_row_or_month_is_the_clients_mistake(error):
    assert (http_status(error), grpc_code(error)) == (400, "INVALID_ARGUMENT")


def test_statuses_error_of_the_library_is_ours():
    assert (http_status(MilkpriceError()), grpc_code(MilkpriceError())) == (500, "INTERNAL")


def test_statuses_503_says_when_to_come_back():
    assert http_headers(errors.RequestLimitError(limit=1)) == ((b"retry-after", b"1"),)
    broken = errors.ModelLoadError(name="milk", reason="why.", serving=None)
    assert (http_status(broken), http_headers(broken)) == (503, ((b"retry-after", b"5"),))
    assert http_headers(errors.NoRowsError(field="x")) == ()


def test_errors_long_value_is_cut_short():
    assert errors.preview("x" * 1000) == "'" + "x" * 59 + "..."
    assert errors.join_values("abcdefghij") == "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more"
