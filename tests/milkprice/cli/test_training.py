"""``milkprice train`` and ``evaluate``."""

from milkprice.data.formats import names


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_train_after_clean_and_features_writes_a_bundle_that_evaluate_scores_alike(
    milkprice, tmp_path
):
    assert milkprice("data", "sample", "--months", 120).status == 0
    assert names_in(tmp_path / "sample") == {*names.RAW_FILES, "truth"}
    assert milkprice("clean", "--source", "sample/").status == 0
    assert names_in(tmp_path / "clean") == {
        "prices.csv",
        "rainfall.csv",
        "macro.csv",
        "quarantine.csv",
    }
    assert milkprice("features").status == 0
    trained = milkprice("train", "--json")
    assert trained.status == 0, trained.err
    assert names_in(tmp_path / "model") == {
        "model.joblib",
        "model.json",
        "polynomial.json",
        "search.csv",
    }
    evaluated = milkprice("evaluate", "--json")
    assert evaluated.json["metrics"] == trained.json["metrics"]
    assert evaluated.json["forecasts"] == trained.json["forecasts"]
