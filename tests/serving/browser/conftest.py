"""One browser and one predictor for all tests of the page."""

import pytest

from milkprice.registry.bundle import Feature, Target
from tests.support.browser import MAX_ROWS, PredictorPage
from tests.support.bundles import linear_polynomial, tiny_bundle, whole_bundle
from tests.support.chromium import chromium, complaints, show
from tests.support.forecasts import scaled_forecast, small_forecast
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor


def other_bundle(name, factor):
    """Return a model of another price, its column called by the name."""
    forecast = scaled_forecast(factor, target=name)
    target = Target(name=name, unit=name)
    return whole_bundle(
        name=name, target=target, forecast=forecast, slope=0.0, offset=273.0 * factor
    )


def wide_bundle(name, slopes=(1.0, -8.0, 3.0, 0.0, 5.0, -2.0, 4.0, 0.5), **facts):
    """Return a model of so many columns, a to h, with other effects."""
    features = tuple(
        Feature(name=column, unit="mm", minimum=0.0, maximum=200.0)
        for column in "abcdefgh"[: len(slopes)]
    )
    polynomial = linear_polynomial(slopes)
    return whole_bundle(name=name, features=features, polynomial=polynomial, **facts)


SCORES = {
    "model": {"mae": 7.5, "months": 13},
    "naive": {"mae": 4.25, "months": 13},
    "forecast, 1 month": {"mae": 2.0, "months": 13},
}
BUNDLES = {
    "milk": whole_bundle(name="milk"),
    "cheese": whole_bundle(name="cheese", offset=200.0, forecast=small_forecast(months=6)),
    "plain": tiny_bundle(name="plain"),
    "steep": whole_bundle(name="steep", slope=1e10),
    "butter": other_bundle("butter", 1e-5),
    "houses": other_bundle("houses", 1e6),
    "wide": wide_bundle("wide", metrics=SCORES),
    "narrow": wide_bundle("narrow", (2.0, 4.0), forecast=small_forecast(months=6)),
}


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """Return the folder of what the browser downloads."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def shared_browser(downloads):
    """Return a browser that lives as long as the run."""
    with chromium() as driver:
        where = {"behavior": "allow", "downloadPath": str(downloads)}
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        yield driver


@pytest.fixture
def browser(shared_browser):
    """Return the browser as it is at first; it must not have complained in the end."""
    show(shared_browser)
    complaints(shared_browser)
    yield shared_browser
    found = complaints(shared_browser)
    shared_browser.get("about:blank")
    assert found == []


@pytest.fixture(scope="session")
def registry_of_bundles(tmp_path_factory):
    """Return a registry of models with and without what is published with one."""
    folder = tmp_path_factory.mktemp("page") / "registry"
    registry = open_registry(folder)
    for bundle in BUNDLES.values():
        publish_champion(registry, bundle)
    return folder


@pytest.fixture(scope="session")
def predictor_of_bundles(tmp_path_factory, registry_of_bundles):
    """Return a predictor of all of them."""
    uris = ",".join(f"{registry_of_bundles}/{name}" for name in BUNDLES)
    folder = tmp_path_factory.mktemp("predictor")
    with running_predictor(folder, uris, "--max-rows", str(MAX_ROWS)) as running:
        yield running


@pytest.fixture
def client(predictor_of_bundles):
    """Return an HTTP client of the predictor."""
    with predictor_of_bundles.client() as client:
        yield client


@pytest.fixture
def page(browser, predictor_of_bundles):
    """Return the page, opened."""
    return PredictorPage.open(browser, f"{predictor_of_bundles.url}/")
