"""The pages for a browser: what they hold before a script runs, and that they are harmless."""

import subprocess
import sys
from html.parser import HTMLParser
from importlib import metadata

import pytest
from markupsafe import escape

from milkprice.registry.bundle import Target
from serving.http import pages
from serving.http.messages import Request
from serving.http.pages import SCRIPTS, PageRoutes
from serving.settings import Limits
from tests.support.bundles import tiny_bundle
from tests.support.repositories import handle_of, open_repository, publish_many, repository_of

REQUEST = Request("", None, {}, b"")
JAVASCRIPT, CSS = b"text/javascript; charset=utf-8", b"text/css; charset=utf-8"
HOSTILE = "\"'></select><script>alert(1)</script><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """The tags of a page, where they lead or what they fetch, and what they would run."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.handlers = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


@pytest.fixture
def routes():
    return PageRoutes(
        repository_of(handle_of(tiny_bundle()), handle_of(name="missing")), Limits(rows=7)
    )


def text(response):
    return response.body.decode()


def test_page_has_the_models_that_serve_and_the_limits(routes):
    page = text(routes.page(REQUEST))
    assert '<option value="milk">milk</option>' in page
    assert '<option value="missing" disabled>missing (not loaded)</option>' in page
    assert 'data-max-rows="7" data-max-bytes="8388608"' in page


@pytest.mark.parametrize("name", ["page", "docs"])
def test_page_needs_nothing_from_elsewhere_and_runs_its_own_script_only(routes, name):
    response = getattr(routes, name)(REQUEST)
    page = Page(text(response))
    assert page.addresses
    assert all("//" not in address for address in page.addresses)
    assert not page.handlers
    policy = dict(response.headers)[b"content-security-policy"]
    assert policy.startswith(b"default-src 'none'; script-src 'self'; style-src 'self'")
    assert b"unsafe" not in policy


@pytest.mark.parametrize(
    ("bundles", "title"),
    [
        ([tiny_bundle()], "Milk price in Chile"),
        ([tiny_bundle(target=Target(name="a<b", unit="a<b"))], "a&lt;b"),
        ([], "Monthly prices"),
    ],
    ids=["milk", "another", "none"],
)
def test_page_is_called_by_the_price_of_its_first_model(bundles, title):
    handles = [handle_of(name="missing"), *(handle_of(bundle) for bundle in bundles)]
    page = text(PageRoutes(repository_of(*handles), Limits()).page(REQUEST))
    assert f"<title>{title}</title>" in page
    assert f'<h1><span id="title">{title}</span>' in page


def test_page_hostile_name_stays_text():
    page = text(
        PageRoutes(repository_of(handle_of(tiny_bundle(), name=HOSTILE)), Limits()).page(REQUEST)
    )
    assert escape(HOSTILE) in page
    assert "img" not in Page(page).tags


def test_page_script_is_all_of_its_parts_and_writes_no_markup(routes):
    script = text(routes.script(REQUEST))
    assert len(SCRIPTS) == len(set(SCRIPTS))
    assert not [
        word for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(") if word in script
    ]
    assert "http://www.w3.org/2000/svg" in script
    assert script.count("://") == 1


def test_page_files_are_asked_for_again_and_taken_for_what_they_are(routes):
    for response, kind in (
        (routes.script(REQUEST), JAVASCRIPT),
        (routes.style(REQUEST), CSS),
        (routes.docs_script(REQUEST), JAVASCRIPT),
        (routes.docs_style(REQUEST), CSS),
    ):
        assert response.headers == (
            (b"content-type", kind),
            (b"cache-control", b"no-cache"),
            (b"x-content-type-options", b"nosniff"),
        )


@pytest.mark.parametrize(("most", "is_list"), [(3, True), (2, False)], ids=["few", "many"])
def test_page_models_of_a_registry_are_all_there_to_choose(tmp_path, monkeypatch, most, is_list):
    monkeypatch.setattr(pages, "MAX_OPTIONS", most)
    publish_many(tmp_path / "registry", ["milk-a", "milk-b", "milk-c"])
    repository = open_repository(tmp_path / "registry")
    list(repository.unloaded())
    shown = text(PageRoutes(repository, Limits()).page(REQUEST))
    assert ('<select id="model">' in shown) == is_list
    assert (
        '<input id="model" list="models" value="milk-a" autocomplete="off">' in shown
    ) != is_list
    assert '<option value="milk-b">milk-b</option>' in shown
    assert ('<option value="milk-c">' in shown) == is_list
    assert ("3 models; the first 2 are proposed, any can be typed" in shown) != is_list
    repository.stop()


def test_docs_files_are_cached_by_the_version_in_their_address(routes):
    version = metadata.version("fastapi-offline")
    addresses = Page(text(routes.docs(REQUEST))).addresses
    assert f"docs/swagger-ui-bundle.js?v={version}" in addresses
    own = {"docs/start.js", "docs/docs.css"}
    assert {f"docs/swagger-ui.css?v={version}", *own} <= {*addresses}
    for response, kind in (
        (routes.swagger_script(REQUEST), JAVASCRIPT),
        (routes.swagger_style(REQUEST), CSS),
    ):
        assert response.headers == (
            (b"content-type", kind),
            (b"cache-control", b"private, max-age=31536000, immutable"),
            (b"x-content-type-options", b"nosniff"),
        )


def test_docs_files_are_found_without_importing_what_ships_them():
    script = (
        "import sys; from serving.http.pages import _swagger; "
        "assert b'SwaggerUIBundle' in _swagger('swagger-ui-bundle.js'); "
        "assert not {'fastapi', 'fastapi_offline'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
