"""Words of others in our messages."""

import pytest

from milkprice.cluster.responses import LONGEST, one_line


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("AWS_SECRET_ACCESS_KEY=hush not set", "AWS_SECRET_ACCESS_KEY=*** not set",
                     id="variable"),
        pytest.param('{"token": "hush", "a": 1}', '{"token": "***", "a": 1}', id="JSON"),
        pytest.param("Authorization: Bearer hush", "Authorization: Bearer ***", id="bearer"),
        pytest.param("at http://me:hush@minio:9000/x", "at http://***@minio:9000/x", id="address"),
        pytest.param("password: hush", "password: ***", id="password"),
        pytest.param("secretAccessKey = 'hush'", "secretAccessKey = '***'", id="one_line"),
        pytest.param('secret "predictor-store" not found', 'secret "predictor-store" not found',
                     id="name of a Secret"),
        pytest.param("eyJhbGciOi.eyJpc3Mi.c2ln expired", "*** expired", id="token of a pod"),
        pytest.param("http://minio:9000 said: no key\n  here.",
                     "http://minio:9000 said: no key here", id="nothing to hide"),
    ],
)  # fmt: skip
def test_words_are_one_line_without_a_secret(words, shown):
    assert one_line(words) == shown


def test_long_words_are_cut():
    assert len(one_line("word " * 1000)) == LONGEST + len(" ...")
