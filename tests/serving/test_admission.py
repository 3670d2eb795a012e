import base64
import os
from contextlib import suppress

import pytest

from serving import admission
from serving.admission import Admission, HeldBytes, Tokens, check_same_site
from serving.errors import (
    AuthenticationError,
    CrossSiteError,
    OverloadError,
    RequestLimitError,
)


@pytest.fixture
def clock(monkeypatch):
    """Lets time pass by hand."""
    now = [1000.0]
    monkeypatch.setattr(admission.time, "monotonic", lambda: now[0])
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


def basic(pair, scheme=b"Basic "):
    return scheme + base64.b64encode(pair)


@pytest.mark.parametrize("scheme", [b"Basic ", b"basic ", b"BASIC  "])
@pytest.mark.parametrize("user", [b"", b"anyone", "ñandú".encode()], ids=["none", "any", "utf-8"])
def test_tokens_known_one_passes_as_a_password(tmp_path, user, scheme):
    (tmp_path / "tokens").write_text("first\nsec:ond\n")
    tokens = Tokens(tmp_path / "tokens")
    assert tokens.check(basic(user + b":first", scheme)) is True
    assert tokens.check(basic(user + b":sec:ond", scheme)) is True
    assert tokens.check(b"Bearer first") is False


@pytest.mark.parametrize("site", [None, b"same-origin", b"none"])
def test_same_site_own_pages_pass(site):
    check_same_site(site)


@pytest.mark.parametrize("site", [b"cross-site", b"same-site", b"", b"\xff"])
def test_same_site_other_sites_are_refused(site):
    with pytest.raises(CrossSiteError, match="page of another site"):
        check_same_site(site)


BEARERS = [b"Bearer", b"Bearer ", b"Bearer firs", b"Bearer \xff"]
PASSWORDS = [*map(basic, (b"", b":", b"first", b"first:", b"u:firs")), basic(b"u:first")[:-1]]
PLAIN = [None, b"", b"first", b"Basic ", b"Basic first", b"Basic u:first", b"Basic \xff\xfe"]


@pytest.mark.parametrize("text", ["first\n", ""], ids=["a token", "no token"])
@pytest.mark.parametrize("header", [*BEARERS, *PASSWORDS, *PLAIN], ids=repr)
def test_tokens_anything_else_is_refused(tmp_path, header, text):
    (tmp_path / "tokens").write_text(text)
    with pytest.raises(AuthenticationError, match=r"valid token is needed.*as the password"):
        Tokens(tmp_path / "tokens").check(header)


def test_tokens_missing_file_lets_nobody_in_until_it_is_there(tmp_path, clock):
    tokens = Tokens(tmp_path / "tokens")
    with pytest.raises(AuthenticationError):
        tokens.check(b"Bearer first")
    (tmp_path / "tokens").write_text("first")
    clock[0] += admission.CHECK_SECONDS
    tokens.check(b"Bearer first")


def test_tokens_changed_file_is_read_again(tmp_path, clock):
    file = tmp_path / "tokens"
    file.write_text("first")
    tokens = Tokens(file)
    tokens.check(b"Bearer first")
    file.write_text("other")
    os.utime(file, ns=(1, 1))
    clock[0] += admission.CHECK_SECONDS
    tokens.check(b"Bearer other")
    with pytest.raises(AuthenticationError):
        tokens.check(b"Bearer first")


def test_tokens_file_that_vanishes_leaves_the_known_ones(tmp_path, clock, caplog):
    file = tmp_path / "tokens"
    file.write_text("first")
    tokens = Tokens(file)
    tokens.check(b"Bearer first")
    file.unlink()
    clock[0] += admission.CHECK_SECONDS
    tokens.check(b"Bearer first")
    assert "tokens cannot be read" in caplog.text


def test_tokens_never_reach_the_log(tmp_path, caplog):
    (tmp_path / "tokens").write_text("hidden")
    with caplog.at_level("DEBUG"):
        Tokens(tmp_path / "tokens").check(b"Bearer hidden")
    assert "tokens read" in caplog.text
    assert "hidden" not in caplog.text + repr([record.__dict__ for record in caplog.records])


def test_admission_one_too_many_is_refused_and_each_leaves_room_also_if_it_fails():
    admission = Admission(1)
    with admission:
        with pytest.raises(RequestLimitError, match="1 requests are in progress"), admission:
            pass
        assert admission.in_progress == 1
    with pytest.raises(ZeroDivisionError), admission:
        raise ZeroDivisionError
    assert admission.in_progress == 0


def test_held_bytes_too_many_are_refused_and_each_lets_go_also_if_it_fails():
    held = HeldBytes(10)
    with held.holding() as hold:
        hold(6)
        with (
            held.holding() as other,
            pytest.raises(OverloadError, match="Bodies of 10 bytes"),
        ):
            other(5)
        assert held.total == 6
        hold(4)
    with suppress(ZeroDivisionError), held.holding() as hold:
        hold(10)
        raise ZeroDivisionError
    assert held.total == 0
