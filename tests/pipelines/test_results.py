"""What a run left in its folder."""

import orjson

from milkprice.data.tables import write_months
from milkprice.files import write_bytes
from milkprice.forecasting.codec import encode_forecast
from milkprice.validation import gate
from pipelines.results import forecast_of, model_results
from tests.support.forecasts import small_forecast
from tests.support.reports import small_evaluation, small_verdict


def write_model(folder, version):
    evaluation = small_evaluation()
    write_bytes(orjson.dumps(evaluation.metrics()), folder / "evaluate" / "scores")
    write_months(evaluation.forecasts, folder / "evaluate" / "forecasts")
    write_bytes(gate.to_json(small_verdict()), folder / "judge" / "verdict")
    write_bytes(f"# {version}\n\nPromoted.\n".encode(), folder / "promote" / "outcome")


def test_results_of_twelve_models_are_in_the_order_of_their_loop(tmp_path):
    for number in range(12):
        write_model(tmp_path / f"for-loop-1-iteration-{number}", version=f"model {number}")
    versions = [one.version for one in model_results(tmp_path)]
    assert versions == [f"model {number}" for number in range(12)]


def test_forecast_of_a_run_is_found_in_its_loop_and_none_is_none(tmp_path):
    assert forecast_of(tmp_path) is None
    forecast = small_forecast()
    write_bytes(encode_forecast(forecast), tmp_path / "for-loop-1-iteration-0/forecast/forecast")
    assert forecast_of(tmp_path) == forecast
