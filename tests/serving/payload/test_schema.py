"""The columns of a model, found by name."""

import pytest

from milkprice.registry.bundle import Feature
from serving.payload.schema import Schema


@pytest.mark.parametrize(
    ("name", "column"),
    [
        pytest.param("Rain_Mean", "Rain_Mean", id="exact"),
        pytest.param("RAIN_MEAN", "Rain_Mean", id="upper case"),
        pytest.param("AÑO", "Año", id="beyond ASCII"),
        pytest.param("Rain Mean", None, id="another name"),
        pytest.param("", None, id="empty"),
    ],
)
def test_column_by_name_is_found_in_any_case(schema, name, column):
    assert schema.column(name) == column


@pytest.mark.parametrize(("name", "column"), [("rain", "rain"), ("Rain", "Rain"), ("RAIN", None)])
def test_columns_alike_but_for_case_are_found_by_their_exact_names_only(name, column):
    alike = [Feature(name=one, unit="mm", minimum=0, maximum=1) for one in ("Rain", "rain")]
    assert Schema.from_features(alike).column(name) == column


def test_schema_keeps_the_order_of_the_features(schema):
    assert schema.names == ("Rain_Mean", "Año", "price")
    assert schema.minimum == tuple(schema.lows) == (0.0, 2013, 100.0)
    assert schema.maximum == tuple(schema.highs) == (310.5, 2020, 300.0)
