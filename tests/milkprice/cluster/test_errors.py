"""Text of others in messages."""

import pytest

from milkprice.cluster.errors import MAX_LENGTH, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
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
                     "http://minio:9000 said: no key here", id="no secret"),
    ],
)  # fmt: skip
def test_one_line_joins_lines_and_redacts_secrets(text, expected):
    assert one_line(text) == expected


def test_one_line_shortens_long_text():
    assert len(one_line("word " * 1000)) == MAX_LENGTH + len(" ...")
