import math

import numpy as np
import pytest
from prometheus_client import REGISTRY

from milkprice.forecasting.codec import FORECAST_FILE
from milkprice.forecasting.errors import NoMonthlyForecastsError
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from serving.errors import NonFinitePredictionError
from serving.models.model import ServedModel
from serving.payload.forecasts import ForecastRequest
from tests.support.bundles import tiny_bundle, toy_bundle, whole_bundle


@pytest.fixture
def model():
    return ServedModel.from_bundle(tiny_bundle(slope=2.0), name="price")


def test_served_one_row_is_predicted_under_the_served_name(model):
    answer = model.predict((3.0, 1.0))
    assert (answer.model, answer.version) == ("price", model.version)
    assert answer.predictions == [106.0]
    assert answer.out_of_range is None


def test_served_many_rows_are_predicted(model):
    assert model.predict(np.array([[1.0, 1.0], [2.0, 2.0]])).predictions == [102.0, 104.0]


@pytest.mark.parametrize(
    "rows", [(3.0, 1.0), np.array([[3.0, 1.0], [1.0, 1.0]])], ids=["one", "two"]
)
def test_served_parts_sum_to_the_prediction(model, rows):
    explanation = model.explain(rows)
    for prediction, parts in zip(
        explanation.result.predictions, explanation.contributions, strict=True
    ):
        assert math.isclose(explanation.baseline + sum(parts.values()), prediction)


def test_served_value_out_of_range_is_flagged_and_counted(model):
    labels = {"model": "price", "column": "month"}
    before = REGISTRY.get_sample_value("milkprice_out_of_range_values_total", labels) or 0
    answer = model.predict((3.0, 13.0))
    assert answer.out_of_range.by_column == {"month": 1}
    assert REGISTRY.get_sample_value("milkprice_out_of_range_values_total", labels) == before + 1


def test_served_overflow_is_refused_by_row():
    model = ServedModel.from_bundle(tiny_bundle(slope=1e10), name="price")
    with pytest.raises(NonFinitePredictionError, match="Row 1 gives inf and no price"):
        model.predict(np.array([[1.0, 1.0], [1e308, 1.0]]))


def test_served_finite_predictions_whose_sum_overflows_are_answered(model):
    assert model.predict(np.array([[8e307, 1.0]] * 3)).predictions == [1.6e308] * 3


def test_served_bundle_without_arithmetic_is_refused():
    with pytest.raises(BundleIncompleteError, match=f"has no {POLYNOMIAL}"):
        ServedModel.from_bundle(toy_bundle(), name="milk")


def test_served_arithmetic_for_other_columns_is_refused():
    polynomial = Polynomial(
        columns=(0,),
        width=3,
        center=(0.0,),
        scale=(1.0,),
        degree=1,
        coefficients=(0.0, 1.0),
        intercept=0.0,
    )
    bundle = toy_bundle(extra_files={POLYNOMIAL: polynomial.to_json()})
    with pytest.raises(ModelFormatError, match="is for 3 columns, the model has 2"):
        ServedModel.from_bundle(bundle, name="milk")


def test_served_forecasts_are_looked_up_and_counted():
    model = ServedModel.from_bundle(whole_bundle(), name="price")
    labels = {"model": "price"}
    before = REGISTRY.get_sample_value("milkprice_forecasts_total", labels) or 0
    forecasts = model.forecast(ForecastRequest(ahead=3))
    assert (forecasts.model, forecasts.version) == ("price", model.version)
    assert [one.month for one in forecasts.found] == ["2021-03", "2021-04", "2021-05"]
    assert REGISTRY.get_sample_value("milkprice_forecasts_total", labels) == before + 3


def test_served_model_without_a_forecast_forecasts_nothing(model):
    assert model.forecast_document is None
    with pytest.raises(NoMonthlyForecastsError, match="brings no forecasts by month"):
        model.forecast(ForecastRequest(ahead=1))


@pytest.mark.parametrize("forecast", [b"", b"{}", b'{"format": 2}'], ids=["empty", "{}", "newer"])
def test_served_forecast_that_cannot_be_understood_is_refused(forecast):
    with pytest.raises(ModelFormatError, match=FORECAST_FILE):
        ServedModel.from_bundle(tiny_bundle(more_files={FORECAST_FILE: forecast}), name="milk")


def test_served_features_without_a_row_give_a_template_of_names():
    bundle = tiny_bundle(more_files={"features.csv": b"month,rain_mean,month,Precio_leche\n"})
    assert ServedModel.from_bundle(bundle, name="milk").artifacts.template == b"rain_mean,month\n"
