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
from serving.models.handle import Slot
from tests.support.bundles import tiny_bundle
from tests.support.hosts import host_of, slot_of
from tests.support.pages import Page
from tests.support.sources import ScriptedSource

HOSTILE = "'\"></pre><script>alert(1)</script><img src=http://evil.example/x>$(id)`id`"


def call(**headers):
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Request("", None, named, b"")


def page_of(host, /, **headers):
    return DocsRoutes(host).page(call(**headers)).body.decode()


@pytest.fixture
def host():
    return host_of(slot_of(tiny_bundle()))


@pytest.fixture
def hostile_host():
    features = tuple(
        Feature(name=name, unit=HOSTILE, minimum=0.0, maximum=1.0) for name in (HOSTILE, "other")
    )
    target = Target(name=HOSTILE, unit=HOSTILE)
    return host_of(slot_of(tiny_bundle(features=features, target=target), name=HOSTILE))


def test_page_tells_of_each_model(host):
    page = page_of(host)
    sidecar = host.slots["milk"].served.sidecar
    for text in ("milk", sidecar.version, "Precio_leche", "CLP/l", "rain_mean", "mm", "310.5"):
        assert text in page


def test_page_tells_of_each_route(host):
    page = page_of(host)
    description = DocsRoutes(host).description
    for path, item in description["paths"].items():
        assert f"<code>{html.escape(path)}</code>" in page
        for method in item.keys() & set(METHODS):
            assert f'id="{item[method]["operationId"]}"' in page
            assert html.escape(item[method]["summary"]) in page
    for tag in description["tags"]:
        assert f'<h2 id="{anchor(tag["name"])}">' in page


def test_page_tells_of_a_load_that_failed():
    source = ScriptedSource(tiny_bundle())
    host = host_of(Slot("milk", source, refresh_seconds=0))
    source.fault = StoreUnreachableError(store="<b>", operation="read", key="k", reason="refused")
    with pytest.raises(ModelLoadError):
        host.slots["milk"].load()
    page = page_of(host)
    assert "failed to load once" in page
    assert "refused" in page
    assert "<b>:" not in page


def test_page_tells_of_models_that_do_not_serve():
    unloaded = slot_of(tiny_bundle(), name="gone")
    host = host_of(unloaded, slot_of(name="missing"))
    unloaded.unload()
    page = page_of(host)
    assert ">unloaded</b>" in page
    assert ">not loaded</b>" in page


def test_page_follows_what_is_served():
    source = ScriptedSource(tiny_bundle(slope=1.0))
    host = host_of(Slot("milk", source, refresh_seconds=0))
    docs = DocsRoutes(host)
    first = docs.page(call())
    assert docs.page(call()) is first
    source.means(tiny_bundle(slope=2.0))
    host.slots["milk"].refresh()
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


def test_page_needs_nothing_from_elsewhere(host):
    text = page_of(host, host="predictor.example:8080")
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
def test_page_lines_ask_the_address_that_was_asked(host, headers, address):
    lines = Page(page_of(host, **headers)).lines
    assert all(line.startswith(f"curl -s {address}") for line in lines)


def test_page_lines_carry_a_token_only_where_one_was_sent_and_never_its_value(host):
    header = "Authorization: Bearer $TOKEN"
    assert header in shlex.split(Page(page_of(host, authorization="Bearer s3cret")).lines[0])
    assert "s3cret" not in page_of(host, authorization="Bearer s3cret")
    assert header not in shlex.split(Page(page_of(host)).lines[0])


def test_page_may_run_and_fetch_nothing(host):
    headers = dict(DocsRoutes(host).page(call()).headers)
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-security-policy"].startswith(b"default-src 'none'")
