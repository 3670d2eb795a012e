"""The page: what it tells, and that it harms nobody."""

from __future__ import annotations

import html
import json
import shlex

import pytest

from milkprice.registry.bundle import Feature, Target
from milkprice.registry.errors import StoreUnreachableError
from serving.errors import ModelLoadError
from serving.http.docs import DocsRoutes
from serving.http.messages import Request
from serving.http.operations import METHODS, anchor
from serving.models.handle import ModelHandle
from tests.support.bundles import tiny_bundle
from tests.support.pages import Page
from tests.support.repositories import handle_of, repository_of
from tests.support.sources import ScriptedSource

HOSTILE = "'\"></pre><script>alert(1)</script><img src=http://evil.example/x>$(id)`id`"


def call(**headers):
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Request("", None, named, b"")


def page_of(repository, /, **headers):
    return DocsRoutes(repository).page(call(**headers)).body.decode()


@pytest.fixture
def repository():
    return repository_of(handle_of(tiny_bundle()))


@pytest.fixture
def hostile_host():
    features = tuple(
        Feature(name=name, unit=HOSTILE, minimum=0.0, maximum=1.0) for name in (HOSTILE, "other")
    )
    target = Target(name=HOSTILE, unit=HOSTILE)
    return repository_of(handle_of(tiny_bundle(features=features, target=target), name=HOSTILE))


def test_page_tells_of_each_model(repository):
    page = page_of(repository)
    sidecar = repository.handles["milk"].model.sidecar
    for text in ("milk", sidecar.version, "Precio_leche", "CLP/l", "rain_mean", "mm", "310.5"):
        assert text in page


def test_page_tells_of_each_route(repository):
    page = page_of(repository)
    description = DocsRoutes(repository).description
    for path, item in description["paths"].items():
        assert f"<code>{html.escape(path)}</code>" in page
        for method in item.keys() & set(METHODS):
            assert f'id="{item[method]["operationId"]}"' in page
            assert html.escape(item[method]["summary"]) in page
    for tag in description["tags"]:
        assert f'<h2 id="{anchor(tag["name"])}">' in page


def test_page_tells_of_a_load_that_failed():
    source = ScriptedSource(tiny_bundle())
    repository = repository_of(ModelHandle("milk", source, refresh_seconds=0))
    source.fault = StoreUnreachableError(store="<b>", operation="read", key="k", reason="refused")
    with pytest.raises(ModelLoadError):
        repository.handles["milk"].load()
    page = page_of(repository)
    assert "failed to load once" in page
    assert "refused" in page
    assert "<b>:" not in page


def test_page_tells_of_models_that_do_not_serve():
    unloaded = handle_of(tiny_bundle(), name="gone")
    repository = repository_of(unloaded, handle_of(name="missing"))
    unloaded.unload()
    page = page_of(repository)
    assert ">unloaded</b>" in page
    assert ">not loaded</b>" in page


def test_page_follows_what_is_served():
    source = ScriptedSource(tiny_bundle(slope=1.0))
    repository = repository_of(ModelHandle("milk", source, refresh_seconds=0))
    docs = DocsRoutes(repository)
    first = docs.page(call())
    assert docs.page(call()) is first
    source.means(tiny_bundle(slope=2.0))
    repository.handles["milk"].refresh()
    assert source.meant in docs.page(call()).body.decode()


@pytest.mark.parametrize("headers", [{}, {"host": HOSTILE}], ids=["names", "host"])
def test_page_hostile_texts_stay_texts(hostile_host, headers):
    text = page_of(hostile_host, **headers)
    page = Page(text)
    assert html.escape(HOSTILE) in text
    assert not page.tags & {"script", "img", "iframe", "object"}
    assert not page.handlers


def test_page_hostile_texts_stay_texts_in_a_shell(hostile_host):
    lines = Page(page_of(hostile_host)).lines
    bodies = [words[words.index("-d") + 1] for words in map(shlex.split, lines) if "-d" in words]
    assert {"instances": [{HOSTILE: 0.5, "other": 0.5}]} in map(json.loads, bodies)
    assert all("\n" not in line.replace(" \\\n", "") for line in lines)


def test_page_needs_nothing_from_elsewhere(repository):
    text = page_of(repository, host="predictor.example:8080")
    page = Page(text)
    ours = {"data:,", "openapi.json", "./"}
    assert all(one in ours or one.startswith("#") for one in page.addresses)
    assert text.count("://") == text.count("http://predictor.example:8080/")
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"host": "a.b:80"}, "http://a.b:80/"),
        ({"host": "[::1]:8080"}, "'http://[::1]:8080/"),
        ({"host": "a.b", "x_forwarded_proto": "https"}, "https://a.b/"),
        ({"host": "a b"}, "http://localhost:8080/"),
        ({}, "http://localhost:8080/"),
    ],
    ids=["name", "number", "behind a proxy", "no host", "none"],
)
def test_page_lines_ask_the_address_that_was_asked(repository, headers, address):
    lines = Page(page_of(repository, **headers)).lines
    assert all(line.startswith(f"curl -s {address}") for line in lines)


def test_page_lines_carry_a_token_only_where_one_was_sent_and_never_its_value(repository):
    header = "Authorization: Bearer $TOKEN"
    assert header in shlex.split(Page(page_of(repository, authorization="Bearer s3cret")).lines[0])
    assert "s3cret" not in page_of(repository, authorization="Bearer s3cret")
    assert header not in shlex.split(Page(page_of(repository)).lines[0])


def test_page_may_run_and_fetch_nothing(repository):
    headers = dict(DocsRoutes(repository).page(call()).headers)
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-security-policy"].startswith(b"default-src 'none'")
