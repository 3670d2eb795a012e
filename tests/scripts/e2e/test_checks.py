"""The checks of a predictor, made of a real one on this machine."""

import httpx
import pytest

from scripts.e2e import checks
from scripts.e2e.checks import Address, Answer, CheckError

pytestmark = pytest.mark.slow


@pytest.fixture
def client():
    """Return an HTTP client."""
    with httpx.Client(timeout=30) as client:
        yield client


def test_checks_of_every_protocol_agree_with_the_published_version(address, registry, client):
    expected = checks.published_answer(registry, address.model, "champion")
    for found in (checks.predict_v1(client, address), checks.predict_v2(client, address),
                  checks.predict_grpc(address)):  # fmt: skip
        assert checks.compare(found, expected) == f"2 rows as {expected.version} forecasts them"


def test_check_without_the_token_says_what_was_answered(address, client):
    stranger = Address(address.url, address.grpc, address.model)
    with pytest.raises(CheckError, match="answered 401"):
        checks.predict_v1(client, stranger)


def test_compare_another_version_is_refused_with_both():
    with pytest.raises(CheckError, match="version b answered, a is published"):
        checks.compare(Answer("b", (1.0,)), Answer("a", (1.0,)))


def test_compare_other_numbers_are_refused():
    with pytest.raises(CheckError, match=r"forecasts \(1.0,\), published is \(1.1,\)"):
        checks.compare(Answer("a", (1.0,)), Answer("a", (1.1,)))


def test_served_version_that_never_comes_is_refused_with_the_last_word(address, client):
    with pytest.raises(CheckError, match=r"other does not answer within 0.3 s; last: \d{8}T"):
        checks.wait_until_served(client, address, "other", seconds=0.3)
