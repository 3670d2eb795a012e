import os

import pytest

from serving import access
from serving.access import Tokens
from serving.errors import AccessError


@pytest.fixture
def clock(monkeypatch):
    """Lets time pass by hand."""
    now = [1000.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    return now


def test_tokens_without_a_file_let_everyone_in(caplog):
    Tokens(None).check(None)
    assert "anyone" in caplog.text


@pytest.mark.parametrize(
    "header", [b"Bearer first", b"bearer second", b"BEARER  first "], ids=["one", "other", "loose"]
)
def test_tokens_known_one_passes(tmp_path, header):
    (tmp_path / "tokens").write_text("first\n\n  second  \n")
    Tokens(tmp_path / "tokens").check(header)


@pytest.mark.parametrize(
    "header",
    [None, b"", b"first", b"Basic first", b"Bearer", b"Bearer ", b"Bearer firs", b"Bearer \xff"],
    ids=["none", "empty", "bare", "basic", "scheme-only", "no-token", "nearly", "no-text"],
)
def test_tokens_anything_else_is_refused(tmp_path, header):
    (tmp_path / "tokens").write_text("first\n")
    with pytest.raises(AccessError, match="valid token is needed"):
        Tokens(tmp_path / "tokens").check(header)


def test_tokens_empty_file_lets_nobody_in(tmp_path):
    (tmp_path / "tokens").touch()
    with pytest.raises(AccessError):
        Tokens(tmp_path / "tokens").check(b"Bearer ")


def test_tokens_missing_file_lets_nobody_in_until_it_is_there(tmp_path, clock):
    tokens = Tokens(tmp_path / "tokens")
    with pytest.raises(AccessError):
        tokens.check(b"Bearer first")
    (tmp_path / "tokens").write_text("first")
    clock[0] += access.LOOK_SECONDS
    tokens.check(b"Bearer first")


def test_tokens_changed_file_is_read_again(tmp_path, clock):
    file = tmp_path / "tokens"
    file.write_text("first")
    tokens = Tokens(file)
    tokens.check(b"Bearer first")
    file.write_text("other")
    os.utime(file, ns=(1, 1))
    clock[0] += access.LOOK_SECONDS
    tokens.check(b"Bearer other")
    with pytest.raises(AccessError):
        tokens.check(b"Bearer first")


def test_tokens_file_that_vanishes_leaves_the_known_ones(tmp_path, clock, caplog):
    file = tmp_path / "tokens"
    file.write_text("first")
    tokens = Tokens(file)
    tokens.check(b"Bearer first")
    file.unlink()
    clock[0] += access.LOOK_SECONDS
    tokens.check(b"Bearer first")
    assert "tokens cannot be read" in caplog.text


def test_tokens_never_reach_the_log(tmp_path, caplog):
    (tmp_path / "tokens").write_text("hidden")
    with caplog.at_level("DEBUG"):
        Tokens(tmp_path / "tokens").check(b"Bearer hidden")
    assert "tokens read" in caplog.text
    assert "hidden" not in caplog.text + repr([record.__dict__ for record in caplog.records])
