"""The page for people: what it says before its script runs, and that it harms nobody."""

import html

import pytest

from serving.http import page as homes
from serving.http.messages import Request
from serving.http.page import SCRIPTS, PageRoutes
from serving.settings import Limits
from tests.support.bundles import tiny_bundle
from tests.support.on_demand import open_repository, publish_many
from tests.support.pages import Page
from tests.support.repositories import handle_of, repository_of

CALL = Request("", None, {}, b"")
HOSTILE = "\"'></select><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def home():
    return PageRoutes(
        repository_of(handle_of(tiny_bundle()), handle_of(name="missing")), Limits(rows=7)
    )


def text(reply):
    return reply.body.decode()


def test_home_offers_the_models_that_serve(home):
    page = text(home.page(CALL))
    assert '<option value="milk">milk</option>' in page
    assert '<option value="missing" disabled="">missing (not loaded)</option>' in page


def test_home_tells_its_script_the_limits(home):
    assert 'data-max-rows="7" data-max-bytes="8388608"' in text(home.page(CALL))


def test_home_needs_nothing_from_elsewhere_and_runs_its_own_script_only(home):
    page = Page(text(home.page(CALL)))
    assert all("//" not in address for address in page.addresses)
    assert not page.handlers
    policy = dict(home.page(CALL).headers)[b"content-security-policy"]
    assert policy.startswith(b"default-src 'none'; script-src 'self'; style-src 'self'")
    assert b"unsafe" not in policy


def test_home_hostile_name_stays_text():
    page = text(
        PageRoutes(repository_of(handle_of(tiny_bundle(), name=HOSTILE)), Limits()).page(CALL)
    )
    assert html.escape(HOSTILE) in page
    assert "img" not in Page(page).tags


def test_home_script_is_all_of_its_parts_and_writes_no_markup(home):
    script = text(home.script(CALL))
    assert len(SCRIPTS) == len(set(SCRIPTS))
    assert not [
        word for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(") if word in script
    ]
    assert "http://www.w3.org/2000/svg" in script
    assert script.count("://") == 1


def test_home_files_are_asked_for_again_and_taken_for_what_they_are(home):
    for reply, kind in ((home.script(CALL), b"text/javascript"), (home.style(CALL), b"text/css")):
        headers = dict(reply.headers)
        assert headers[b"content-type"].startswith(kind)
        assert headers[b"cache-control"] == b"no-cache"
        assert headers[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize(("most", "is_list"), [(3, True), (2, False)], ids=["few", "many"])
def test_home_models_of_a_registry_are_all_there_to_choose(tmp_path, monkeypatch, most, is_list):
    monkeypatch.setattr(homes, "MOST_OPTIONS", most)
    publish_many(tmp_path / "registry", ["milk-a", "milk-b", "milk-c"])
    repository = open_repository(tmp_path / "registry")
    list(repository.unloaded())
    shown = text(PageRoutes(repository, Limits()).page(CALL))
    assert ('<select id="model">' in shown) == is_list
    assert (
        '<input id="model" list="models" value="milk-a" autocomplete="off">' in shown
    ) != is_list
    assert '<option value="milk-b">milk-b</option>' in shown
    assert ('<option value="milk-c">' in shown) == is_list
    assert ("3 models; the first 2 are proposed, any can be typed" in shown) != is_list
    repository.stop()
