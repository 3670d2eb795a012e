import math

import numpy as np
import pytest
from prometheus_client import REGISTRY

from milkprice.forecasting.codec import FORECAST_FILE, OUTLOOK_FILE
from milkprice.forecasting.errors import NoMonthlyForecastsError
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from serving.errors import NonFinitePredictionError
from serving.models.model import ServedModel
from serving.payload.forecasts import ForecastRequest
from tests.support.bundles import tiny_bundle, toy_bundle, whole_bundle
from tests.support.forecasts import OLD_DOCUMENT


@pytest.fixture
def model():
    return ServedModel.from_bundle(tiny_bundle(slope=2.0), name="price")


def test_predict_one_row_has_the_served_name(model):
    result = model.predict((3.0, 1.0))
    assert (result.model, result.version) == ("price", model.version)
    assert result.predictions == [106.0]
    assert result.out_of_range is None


def test_predict_many_rows(model):
    assert model.predict(np.array([[1.0, 1.0], [2.0, 2.0]])).predictions == [102.0, 104.0]


@pytest.mark.parametrize(
    "rows", [(3.0, 1.0), np.array([[3.0, 1.0], [1.0, 1.0]])], ids=["one", "two"]
)
def test_explain_contributions_sum_to_the_prediction(model, rows):
    explanation = model.explain(rows)
    for prediction, row in zip(
        explanation.result.predictions, explanation.contributions, strict=True
    ):
        assert math.isclose(explanation.baseline + sum(row.values()), prediction)


def test_predict_out_of_range_value_is_reported_and_counted(model):
    labels = {"model": "price", "column": "month"}
    before = REGISTRY.get_sample_value("milkprice_out_of_range_values_total", labels) or 0
    result = model.predict((3.0, 13.0))
    assert result.out_of_range.by_column == {"month": 1}
    assert REGISTRY.get_sample_value("milkprice_out_of_range_values_total", labels) == before + 1


def test_predict_overflow_is_refused_by_row():
    model = ServedModel.from_bundle(tiny_bundle(slope=1e10), name="price")
    with pytest.raises(NonFinitePredictionError, match="Row 1 gives inf and no price"):
        model.predict(np.array([[1.0, 1.0], [1e308, 1.0]]))


def test_predict_finite_predictions_whose_sum_overflows(model):
    assert model.predict(np.array([[8e307, 1.0]] * 3)).predictions == [1.6e308] * 3


def test_bundle_without_a_polynomial_is_refused():
    with pytest.raises(BundleIncompleteError, match=f"has no {POLYNOMIAL}"):
        ServedModel.from_bundle(toy_bundle(), name="milk")


def test_bundle_with_a_polynomial_of_other_columns_is_refused():
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


def test_forecast_months_are_looked_up_and_counted():
    model = ServedModel.from_bundle(whole_bundle(), name="price")
    labels = {"model": "price"}
    before = REGISTRY.get_sample_value("milkprice_forecasts_total", labels) or 0
    forecasts = model.forecast(ForecastRequest(horizon=3))
    assert (forecasts.model, forecasts.version) == ("price", model.version)
    assert [one.month for one in forecasts.forecasts] == ["2021-03", "2021-04", "2021-05"]
    assert REGISTRY.get_sample_value("milkprice_forecasts_total", labels) == before + 3


def test_forecast_without_forecasts_is_refused(model):
    assert model.forecast_document is None
    with pytest.raises(NoMonthlyForecastsError, match="brings no forecasts by month"):
        model.forecast(ForecastRequest(horizon=1))


def test_forecast_of_a_bundle_with_the_older_document_is_served():
    bundle = tiny_bundle(more_files={OUTLOOK_FILE: OLD_DOCUMENT})
    model = ServedModel.from_bundle(bundle, name="milk")
    [month] = model.forecast(ForecastRequest(horizon=1)).forecasts
    assert (month.month, month.price, month.interval_80.low) == ("2021-03", 276.0, 272.0)
    assert set(month.baselines) == {"naive", "seasonal naive"}


@pytest.mark.parametrize("forecast", [b"", b"{}", b'{"format": 3}'], ids=["empty", "{}", "newer"])
def test_bundle_with_invalid_forecasts_is_refused(forecast):
    with pytest.raises(ModelFormatError, match=FORECAST_FILE):
        ServedModel.from_bundle(tiny_bundle(more_files={FORECAST_FILE: forecast}), name="milk")


def test_bundle_with_features_without_rows_has_a_template_of_names():
    bundle = tiny_bundle(more_files={"features.csv": b"month,rain_mean,month,Precio_leche\n"})
    assert (
        ServedModel.from_bundle(bundle, name="milk").artifacts.template.data == b"rain_mean,month\n"
    )
